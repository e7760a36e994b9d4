"""Cancelled or changed while waiting: mapper, writer and tracker on one stream and one Shopify.

Random interleavings of what TikTok does, what each service gets round to, and what becomes of the
create. Whatever the order of things, once all is quiet Shopify has what TikTok has: the newest
address, or no order that anybody would ship.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract.one_order import STEPS, OneOrder, Step, live

from eventstore.missed import Missed
from eventstore.wakeups import Wakeup
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from status_tracker.intake import Intake


def check(tiktok: OneOrder, made: list[dict[str, Any]], history: tuple[Recorded, ...]) -> None:
    """Shopify has what TikTok has, and only newest drafts were attempted."""
    assert len(made) <= 1
    if tiktok.snapshot.status == "CANCELLED":
        assert [order["cancelledAt"] is not None for order in made] in ([], [True])
    else:
        assert [order["shippingAddress"]["address1"] for order in made] == [tiktok.address]
    order = Order()
    for recorded in history:
        if isinstance(recorded.event, events.ShopifyOrderRequested):
            assert order.live_draft is not None
            assert order.live_draft.version == recorded.event.draft_version
        order = orders.evolve(order, recorded.version, recorded.event)


@pytest.fixture
def shop(connected: Callable[..., tuple[Event, ...]]) -> tuple[Event, ...]:
    return tuple(connected(automatic_sync=True))


@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=24))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_changes_while_it_waits_shopify_ends_with_what_tiktok_has(
    steps: list[Step], fetched: Callable[..., events.OrderFetched], shop: tuple[Event, ...]
) -> None:
    async def run() -> None:
        tiktok, made = await live(steps, fetched(), shop)
        check(tiktok, made, await tiktok.world.history())

    asyncio.run(run())


IN_DOUBT = ["map", "take in", "create lost after", "write"]


@pytest.mark.parametrize("change", ["address", "cancel"])
@pytest.mark.parametrize("fate", ["create lost before", "create lost after", "create late"])
async def test_a_create_in_doubt_is_resolved_first_and_what_changed_meanwhile_follows(
    change: str,
    fate: str,
    fetched: Callable[..., events.OrderFetched],
    shop: tuple[Event, ...],
) -> None:
    steps = ["map", "take in", fate, "write", change, "track", "map", "write", "apply"]
    tiktok, made = await live(steps, fetched(), shop)
    history = await tiktok.world.history()
    check(tiktok, made, history)
    stands = fate != "create lost before"
    assert len(made) == (1 if stands or change == "address" else 0)
    changed = [recorded for recorded in history if recorded.name == "ShopifyOrderUpdated"]
    assert len(changed) == (1 if stands else 0)


@pytest.mark.parametrize("change", ["address", "cancel"])
async def test_a_planted_tracker_that_is_not_woken_by_the_created_order_is_found(
    change: str,
    fetched: Callable[..., events.OrderFetched],
    shop: tuple[Event, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shows that the tests above can fail, where nobody looks for what was missed."""
    hears_all = Intake.on_records

    async def looks_for_nothing(_: Missed) -> int:
        return 0

    async def deaf(self: Intake, wakeups: list[Wakeup]) -> None:
        heard = [w for w in wakeups if not isinstance(w.event, events.ShopifyOrderCreated)]
        await hears_all(self, heard)

    monkeypatch.setattr(Intake, "on_records", deaf)
    monkeypatch.setattr(Missed, "round", looks_for_nothing)
    steps = [*IN_DOUBT, change, "track"]
    tiktok, made = await live(steps, fetched(), shop)
    history = await tiktok.world.history()
    with pytest.raises(AssertionError):
        check(tiktok, made, history)
