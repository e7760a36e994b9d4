"""Which Shopify variant a SKU is, by its link's stream, and what an order means by its SKUs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from libs.lifecycle.tests.histories import STORE, make
from tests.world import story

from lifecycle.link import Link, fold, linked, seller_skus, variants
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event, OrderFetched

Named = Sequence[str]


def link(variant_id: str = "v1", **fields: Any) -> events.ProductLinked:
    given = {"shop_id": "7495", "sku_id": "s", "store": STORE, "linked_by": "person"}
    return events.ProductLinked.model_validate(given | {"variant_id": variant_id} | fields)


def unlink(reason: str = "person") -> events.ProductUnlinked:
    given = {"shop_id": "7495", "sku_id": "s", "unlinked_by": "owner", "reason": reason}
    return events.ProductUnlinked.model_validate(given)


def recorded(*history: Event) -> tuple[Recorded, ...]:
    return story.stream(*history, stream="link-7495-s")


@pytest.mark.parametrize(
    ("history", "variant"),
    [
        ((), None),
        ((link(),), "v1"),
        ((link(), link("v2")), "v2"),
        ((link(), unlink()), None),
        ((link(), unlink(), link()), "v1"),
        ((unlink(),), None),
    ],
)
def test_the_newest_link_counts_until_it_is_taken_away(
    history: Sequence[Event], variant: str | None
) -> None:
    found = linked(recorded(*history))
    assert (found.variant_id if found else None) == variant


@pytest.mark.parametrize(
    ("history", "is_refused"),
    [
        ((), False),
        ((link(),), False),
        ((link(), unlink("person")), True),
        ((link(), unlink("variant_deleted")), False),
        ((link(), unlink("sku_changed")), False),
        ((link(), unlink("person"), link()), False),
    ],
)
def test_only_what_a_person_took_back_is_refused_until_it_is_linked_again(
    history: Sequence[Event], *, is_refused: bool
) -> None:
    assert fold(recorded(*history)).is_refused is is_refused


def test_an_event_that_only_a_newer_release_knows_changes_no_link() -> None:
    (known,) = recorded(link())
    assert fold([known, replace(known, name="ProductPainted", version=2)]) == fold([known])


MADE_FOR_MUG = link(linked_by="same_sku", seller_sku="mug")


@pytest.mark.parametrize(
    ("made", "named", "holds"),
    [
        (None, (), False),
        (None, ("MUG",), False),
        (link(seller_sku="mug"), ("CUP",), True),
        (link(linked_by="import", seller_sku="mug"), ("CUP",), True),
        (MADE_FOR_MUG, ("mug",), True),
        (MADE_FOR_MUG, (" MUG ",), True),
        (MADE_FOR_MUG, ("CUP",), False),
        (MADE_FOR_MUG, ("mug", "CUP"), False),
        (MADE_FOR_MUG, (), True),
        (MADE_FOR_MUG, ("mug", ""), True),
        (link(linked_by="same_sku"), ("CUP",), True),
    ],
    ids=[
        "no link means no variant",
        "no link means no variant whatever the seller calls it",
        "a person's link holds whatever the seller calls it",
        "an imported one as well",
        "one of equal skus holds for that sku",
        "in whatever letters and space it is written",
        "not for other goods",
        "not for an order that names other goods too",
        "for an order that names none",
        "a unit without a sku says nothing",
        "one of which nobody knows what it was made for holds",
    ],
)
def test_a_link_holds_for(made: events.ProductLinked | None, named: Named, *, holds: bool) -> None:
    assert Link(made).holds_for(named) is holds


def ordered(*lines: dict[str, Any]) -> OrderFetched:
    told = [{"line_id": f"{n}", "currency": "USD", **line} for n, line in enumerate(lines)]
    order = make("OrderFetched", lines=told)
    assert isinstance(order, OrderFetched)
    return order


def test_an_order_names_each_sku_as_its_units_and_the_parts_of_its_bundles_do() -> None:
    parts = [{"sku_id": "lid", "seller_sku": "LID"}, {"sku_id": "mug", "seller_sku": "Mug-2"}]
    order = ordered(
        {"sku_id": "mug", "seller_sku": " MUG-1 "},
        {"sku_id": "mug", "seller_sku": "mug-1"},
        {"sku_id": "box", "parts": parts},
        {"sku_id": "", "seller_sku": "GIFT"},
        {"sku_id": "pen", "seller_sku": "PEN", "status": "CANCELLED"},
    )
    assert seller_skus(order) == {
        "mug": frozenset({"mug-1", "mug-2"}),
        "box": frozenset(),
        "lid": frozenset({"lid"}),
    }


@pytest.mark.parametrize(
    ("known", "store", "expected"),
    [
        ({"mug": Link(link("v1")), "pen": Link(link("v2"))}, STORE, {"mug": "v1", "pen": "v2"}),
        ({"mug": Link(link("v1")), "other": Link(link("v2"))}, STORE, {"mug": "v1"}),
        ({"mug": Link(), "pen": Link(link("v2"))}, STORE, {"pen": "v2"}),
        ({"mug": Link(link("v1", store="other")), "pen": Link(link("v2"))}, STORE, {"pen": "v2"}),
        ({"mug": Link(link("v1"))}, None, {}),
        ({"mug": Link(MADE_FOR_MUG), "pen": Link(MADE_FOR_MUG)}, STORE, {"mug": "v1"}),
        ({}, STORE, {}),
    ],
    ids=[
        "each sku has the variant of its own link",
        "a sku that is not in the order does not matter",
        "a sku that is not linked has none",
        "a link into another store is not used",
        "a shop without a store has no variants",
        "a link that was made for other goods is not used",
        "without links there are none",
    ],
)
def test_the_variants_of_an_order(
    known: dict[str, Link], store: str | None, expected: dict[str, str]
) -> None:
    order = ordered({"sku_id": "mug", "seller_sku": "MUG"}, {"sku_id": "pen", "seller_sku": "PEN"})
    assert variants(order, known, store) == expected
