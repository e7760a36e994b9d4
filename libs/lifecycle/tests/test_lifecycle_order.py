"""What the stream of one order says: stands, in flight, live draft, asked, deleted."""

import random
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libs.lifecycle.tests.histories import life, make
from tests.world import story

from lifecycle.order import Order, evolve, fold
from ordersync_contracts import events

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ENDS = ["ShopifyOrderDraftWithdrawn", "OrderBlocked", "OrderIneligible", "ShopifyOrderCreated"]
LINKED = ("OrderFetched", "OrderEligible", "ShopifyOrderDraft")


def test_an_empty_stream_says_nothing() -> None:
    order = life()
    assert (order.version, order.snapshot, order.live_draft) == (0, None, None)
    flags = (order.stands, order.is_in_flight, order.is_ineligible, order.is_deleted)
    assert flags == (False, False, False, False)
    said = {getattr(order, field.name) for field in fields(order) if field.name != "version"}
    assert said == {None, ()}


def test_every_event_of_an_order_moves_its_version() -> None:
    assert life(*LINKED).version == 3
    assert life(*LINKED, "ShopifyOrderRequested", "RecipientErased").version == 5


def test_a_stream_is_folded_from_its_records() -> None:
    history = [make(name) for name in LINKED]
    assert fold(story.stream(*history)) == life(*LINKED)


# what a history says

HISTORIES: dict[tuple[str, str], list[tuple[tuple[str, ...], object]]] = {
    ("stands", "an order stands from its creation to its removal"): [
        ((), False),
        (("ShopifyOrderRequested",), False),
        (("ShopifyOrderCreated",), True),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved"), False),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved", "ShopifyOrderCreated"), True),
        (("ShopifyOrderRemoved",), False),
        (("ShopifyOrderCreated", "ShopifyOrderFailed", "OrderIneligible"), True),
    ],
    ("is_in_flight", "a request is in flight until its outcome"): [
        ((), False),
        (("ShopifyOrderDraft",), False),
        (("ShopifyOrderRequested",), True),
        (("ShopifyOrderRequested", "OrderFetched", "SyncRequested"), True),
        (("ShopifyOrderRequested", "ShopifyOrderCreated"), False),
        (("ShopifyOrderRequested", "ShopifyOrderFailed"), False),
        (("ShopifyOrderRequested", "ShopifyOrderFailed", "ShopifyOrderRequested"), True),
        (("ShopifyOrderRequested", "ShopifyOrderRemoved"), True),
        (("ShopifyOrderRequested", "ShopifyUpdateFailed"), True),
    ],
    ("is_ineligible", "the newer of eligible and ineligible counts"): [
        (("OrderFetched",), False),
        (("OrderEligible",), False),
        (("OrderIneligible",), True),
        (("OrderIneligible", "OrderEligible"), False),
        (("OrderEligible", "OrderIneligible", "OrderFetched"), True),
    ],
    ("asked_version", "a request counts until the order is deleted in shopify"): [
        ((), 0),
        (("SyncRequested",), 1),
        (("SyncRequested", "OrderFetched", "SyncRequested"), 3),
        (("SyncRequested", "ShopifyOrderCreated"), 1),
        (("SyncRequested", "ShopifyOrderCreated", "ShopifyOrderRemoved"), 0),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved", "SyncRequested"), 3),
    ],
    ("is_deleted", "an order is deleted until a person asks for it again"): [
        (("ShopifyOrderCreated",), False),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved"), True),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved", "OrderFetched"), True),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved", "SyncRequested"), False),
        (("ShopifyOrderCreated", "ShopifyOrderRemoved", "ShopifyOrderCreated"), False),
        (("SyncRequested", "ShopifyOrderCreated", "ShopifyOrderRemoved"), True),
    ],
}


@pytest.mark.parametrize(
    ("field", "history", "expected"),
    [
        pytest.param(field, history, expected, id=f"{sentence} ({n})")
        for (field, sentence), rows in HISTORIES.items()
        for n, (history, expected) in enumerate(rows)
    ],
)
def test_a_history_says(field: str, history: tuple[str, ...], expected: object) -> None:
    assert getattr(life(*history), field) is expected


# live_draft


@pytest.mark.parametrize("end", ENDS)
def test_a_draft_lives_until_something_ends_it(end: str) -> None:
    assert life("ShopifyOrderDraft", end).live_draft is None


@pytest.mark.parametrize(
    "other",
    [
        "OrderFetched",
        "OrderEligible",
        "SyncRequested",
        "ShopifyOrderRequested",
        "ShopifyOrderFailed",
        "ShopifyOrderRemoved",
        "DeliveryStatusChanged",
        "RecipientErased",
    ],
)
def test_nothing_else_ends_a_draft(other: str) -> None:
    live = life("ShopifyOrderDraft", other).live_draft
    assert live is not None
    assert live.version == 1


@pytest.mark.parametrize("end", ENDS)
def test_a_newer_draft_lives_whatever_ended_the_older(end: str) -> None:
    live = life("ShopifyOrderDraft", end, "ShopifyOrderDraft").live_draft
    assert live is not None
    assert live.version == 3


def test_a_draft_that_ineligibility_withdrew_does_not_return_with_eligibility() -> None:
    order = life("ShopifyOrderDraft", "OrderIneligible", "OrderEligible")
    assert order.live_draft is None
    assert not order.is_ineligible


# the rest of the state


def test_deliveries_are_kept_in_their_order() -> None:
    delivered = make("DeliveryStatusChanged", status="delivered")
    order = life("DeliveryStatusChanged", delivered, "DeliveryStatusSynced")
    assert [at.event.status for at in order.deliveries] == ["in_transit", "delivered"]
    assert [at.version for at in order.deliveries] == [1, 2]
    assert [at.version for at in order.synced_deliveries] == [3]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("OrderCancelled", "cancelled"),
        ("RecipientErased", "erased"),
        ("ShopifyOrderFailed", "failed"),
        ("OrderBlocked", "blocked"),
        ("ShopifyOrderDraftWithdrawn", "withdrawn"),
    ],
)
def test_of_each_kind_the_newest_is_kept(name: str, field: str) -> None:
    assert getattr(life(name, "OrderFetched", name), field).version == 3


def test_events_of_other_streams_only_move_the_version() -> None:
    resumed = events.ShopResumed(shop_id="7495", side="tiktok")
    assert life(resumed) == Order(version=1)


# the newest snapshot

MINUTES = st.integers(min_value=0, max_value=5)


@given(
    times=st.lists(st.tuples(MINUTES, MINUTES), min_size=1, max_size=6, unique=True),
    order=st.randoms(use_true_random=False),
)
def test_in_whatever_order_snapshots_come_the_newest_counts(
    times: list[tuple[int, int]], order: random.Random
) -> None:
    snapshots = [snapshot(*at) for at in times]
    order.shuffle(snapshots)
    folded = Order()
    for version, event in enumerate(snapshots, start=1):
        folded = evolve(folded, version, event)
    assert folded.snapshot is not None
    assert folded.snapshot.event == snapshot(*max(times))
    assert snapshots[folded.snapshot.version - 1] == folded.snapshot.event


def snapshot(updated: int, asked: int) -> events.OrderFetched:
    return events.OrderFetched.model_validate(
        {
            "shop_id": "7495",
            "order_id": "1",
            "status": f"seen at {updated} {asked}",
            "created_at": NOW,
            "updated_at": NOW + timedelta(minutes=updated),
            "asked_at": NOW + timedelta(minutes=asked),
            "payment": {"currency": "USD"},
        }
    )


def test_of_two_snapshots_of_one_moment_the_first_stays() -> None:
    order = life(snapshot(1, 1), snapshot(1, 1))
    assert order.snapshot is not None
    assert order.snapshot.version == 1


# what the order in Shopify was made from


def drafts_of(order: Order) -> list[int | None]:
    return [source.draft.version if source.draft else None for source in order.sources]


def test_a_created_order_was_made_from_its_requested_draft() -> None:
    wanted = make("ShopifyOrderRequested", draft_version=2)
    created = make("ShopifyOrderCreated", draft_version=2)
    order = life("OrderFetched", "ShopifyOrderDraft", wanted, "OrderFetched", created)
    assert drafts_of(order) == [2]
    assert [source.snapshot.version for source in order.sources if source.snapshot] == [1]


def test_a_found_order_may_be_made_from_any_requested_draft() -> None:
    first, second = (make("ShopifyOrderRequested", draft_version=n) for n in (1, 4))
    history = ("ShopifyOrderDraft", first, "ShopifyOrderFailed", "ShopifyOrderDraft", second)
    found = make("ShopifyOrderCreated", outcome="found", draft_version=4)
    made = make("ShopifyOrderCreated", outcome="created", draft_version=4)
    assert drafts_of(life(*history, found)) == [1, 4]
    assert drafts_of(life(*history, made)) == [4]


def test_a_request_is_for_the_draft_that_it_names_and_for_no_newer_one() -> None:
    late = make("ShopifyOrderRequested", draft_version=1)
    assert drafts_of(life("ShopifyOrderDraft", "OrderFetched", "ShopifyOrderDraft", late)) == []
    assert drafts_of(life(make("ShopifyOrderRequested", draft_version=1))) == []


def test_a_draft_that_is_requested_again_is_one_source() -> None:
    again = make("ShopifyOrderRequested", draft_version=1)
    order = life("ShopifyOrderDraft", again, "ShopifyOrderFailed", again, "ShopifyOrderFailed")
    assert drafts_of(order) == [1]


def test_an_adopted_order_was_made_by_somebody_else() -> None:
    adopted = make("ShopifyOrderCreated", outcome="adopted")
    order = life("OrderFetched", "ShopifyOrderDraft", "ShopifyOrderRequested", adopted)
    assert drafts_of(order) == [None]


def test_a_removed_order_leaves_nothing_it_was_made_from() -> None:
    assert life("ShopifyOrderDraft", "ShopifyOrderRequested", "ShopifyOrderRemoved").sources == ()


def test_updates_and_failures_are_those_of_the_order_that_stands_now() -> None:
    done = make("ShopifyOrderUpdated", shopify_order_id="gid://shopify/Order/1", change="note")
    before = ("ShopifyOrderCreated", done, "ShopifyUpdateFailed")
    order = life(*before)
    assert (order.update_of("note") is None, order.failure_of("delivery") is None) == (False, False)
    order = life(*before, "ShopifyOrderRemoved", "ShopifyOrderCreated")
    assert (order.update_of("note"), order.failure_of("delivery")) == (None, None)


def test_a_change_of_one_kind_hides_none_of_another() -> None:
    def done(change: str) -> events.Event:
        return make("ShopifyOrderUpdated", shopify_order_id="gid://shopify/Order/1", change=change)

    def refused(change: str) -> events.Event:
        return make("ShopifyUpdateFailed", change=change, reason_code="update_refused")

    kinds = ("note", "address", "note")
    order = life("ShopifyOrderCreated", *map(done, kinds), *map(refused, kinds))
    updates = [order.update_of("note"), order.update_of("address")]
    failures = [order.failure_of("note"), order.failure_of("address")]
    assert [at.version for at in (*updates, *failures) if at is not None] == [4, 3, 7, 6]
    assert (len(order.updates), len(order.failures)) == (2, 2)
