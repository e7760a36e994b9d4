"""Ids follow from causes and facts, streams from ids."""

import pytest

from ordersync_contracts import ids, streams


def test_the_same_decision_has_the_same_id_and_any_difference_another() -> None:
    first = ids.decision_id("order-1-2", 3, "cause", "OrderEligible", 0)
    assert first == ids.decision_id("order-1-2", 3, "cause", "OrderEligible", 0)
    others = {
        ids.decision_id("order-1-3", 3, "cause", "OrderEligible", 0),
        ids.decision_id("order-1-2", 4, "cause", "OrderEligible", 0),
        ids.decision_id("order-1-2", 3, "another", "OrderEligible", 0),
        ids.decision_id("order-1-2", 3, "cause", "OrderIneligible", 0),
        ids.decision_id("order-1-2", 3, "cause", "OrderEligible", 1),
    }
    assert len(others | {first}) == 6


def test_the_id_of_a_decision_never_changes_between_releases() -> None:
    made = ids.decision_id("order-1-2", 3, "cause", "OrderEligible", 0)
    assert str(made) == "c7cc79c8-2a6a-538c-9bd8-ff68b738dce3"


def test_the_id_of_a_shopify_order_never_changes_between_releases() -> None:
    made = ids.created_id("sunny-mugs.myshopify.com", "gid://shopify/Order/1")
    assert str(made) == "cf4e8519-fd36-5349-9375-842ba9d9a89f"


def test_an_order_created_in_two_stores_is_two_facts() -> None:
    assert ids.created_id("a", "gid") != ids.created_id("b", "gid")


def test_each_attempt_has_one_outcome_of_each_kind() -> None:
    made = {ids.outcome_id("job", n, name) for n in (1, 2) for name in ("Failed", "Removed")}
    assert len(made) == 4


@pytest.mark.parametrize(
    ("stream", "category"),
    [
        (streams.order_stream("1", "2"), "order"),
        (streams.shop_stream("1"), "shop"),
        (streams.link_stream("1", "3"), "link"),
        (streams.reconciliation_stream("1"), "reconciliation"),
    ],
)
def test_a_stream_begins_with_its_category(stream: str, category: str) -> None:
    assert streams.category(stream) == category


def test_an_order_stream_gives_back_its_ids() -> None:
    assert streams.order_of(streams.order_stream("7495", "5764")) == ("7495", "5764")


@pytest.mark.parametrize("stream", ["shop-1", "link-1-2", "order-1", "order-1-2-3", "order"])
def test_other_streams_are_no_orders(stream: str) -> None:
    with pytest.raises(ValueError, match="not an order stream"):
        streams.order_of(stream)
