"""What one order costs, counted: events in its stream, and calls to Shopify that are about it."""

import re

from tests.system.stack import System

MAX_EVENTS = 5
MAX_CALLS = 2


def test_an_order_of_linked_goods_costs_five_events_and_two_calls(system: System) -> None:
    (first,) = system.arrive(system.make.paid())  # the first of its goods waits for their link
    system.await_status(first, "Synced")
    (order_id,) = system.arrive(system.make.paid())
    life = system.await_status(order_id, "Synced")
    calls = system.shopify.calls_about(order_id)
    assert len(life.events) <= MAX_EVENTS, life
    assert [root_field(call) for call in calls] == ["orderByIdentifier", "orderCreate"]
    assert len(calls) <= MAX_CALLS
    assert life.events == (
        "OrderFetched",
        "OrderEligible",
        "ShopifyOrderDraft",
        "ShopifyOrderRequested",
        "ShopifyOrderCreated",
    )


def test_seeing_an_unchanged_order_again_costs_nothing(system: System) -> None:
    order = system.make.paid()
    (order_id,) = system.arrive(order)
    before = system.await_status(order_id, "Synced")
    marker = system.make.paid()
    system.tiktok.post(marker)  # read with the next poll, which reads the unchanged one as well
    system.await_status(marker["id"], "Synced")
    assert system.life(order_id).events == before.events
    assert len(system.shopify.calls_about(order_id)) == MAX_CALLS


def root_field(document: str) -> str:
    found = re.search(r"\{\s*(\w+)", document)
    assert found is not None
    return found[1]
