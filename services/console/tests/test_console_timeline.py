"""The timeline: every event in words, none of them a buyer's."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from services.console.tests import happenings as happen

from console.orders.timeline import timeline
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded, Trace
from ordersync_contracts.events import OrderEvent

EXAMPLES = Path(__file__).parents[3] / "libs/contracts/examples"
ORDER_EVENTS = [event.type_name() for event in events.ALL if issubclass(event, OrderEvent)]


def _recorded(name: str, data: bytes) -> Recorded:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Recorded(UUID(int=1), "order-1-2", 3, 9, name, 1, now, now, Trace("mapper"), data)


@pytest.mark.parametrize("name", ORDER_EVENTS)
def test_every_example_of_every_order_event_is_told(name: str) -> None:
    cases = sorted((EXAMPLES / name / "v1").glob("*.json"))
    assert cases
    for case in cases:
        [entry] = timeline([_recorded(name, case.read_bytes())])
        assert entry.title != name
        assert entry.who


def test_a_draft_tells_which_amounts_do_not_add_up_and_what_was_carried() -> None:
    data = (EXAMPLES / "ShopifyOrderDraft/v1/full.json").read_bytes()
    [entry] = timeline([_recorded("ShopifyOrderDraft", data)])
    assert "TikTok's amounts are off: tax by 0.28; 0.28 of " in entry.text
    assert entry.text.endswith(" adjusted")


@pytest.mark.parametrize(
    ("name", "text"),
    [("ShopifyOrderCreated", ", without phone"), ("ShopifyOrderUpdated", ", without phone")],
)
def test_what_is_missing_in_shopify_is_told(name: str, text: str) -> None:
    data = json.loads((EXAMPLES / f"{name}/v1/full.json").read_bytes())
    told = data | ({"how": "", "change": "address"} if "change" in data else {})
    [entry] = timeline([_recorded(name, json.dumps(told).encode())])
    assert entry.text.endswith(text)


async def test_the_story_is_told_in_order_with_who_did_it(
    store: Any, story: Any, clock: Any
) -> None:
    asked = events.SyncRequested(
        shop_id=happen.SHOP,
        order_id="101",
        requested_by="ana",
        mode="manual",
        reason="called us",
        request_id="r1",
    )
    stream = await story.order("101", asked, happen.blocked("101"))
    told = [
        (entry.version, entry.title, entry.text, entry.who)
        for entry in timeline(await store.read(stream))
    ]
    assert told == [
        (1, "Fetched from TikTok", "Awaiting shipment, 2 items, 25.00 USD", "mapper"),
        (2, "Sync asked for", "one order: called us", "ana"),
        (3, "Blocked", "Item not linked. 1729000001", "mapper"),
    ]
