"""What fails in passing heals by itself; what does not is shown, and Sync tries it again."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.world import faults
from tests.world.story import IDS, NOW, ORDER_ID, SHOP_ID, STORE, fetched, line

from connections.waits import Waits
from jobs.outcomes import Finished, Parked, Retry
from lifecycle import order as orders
from lifecycle.status import View, view
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind
from shopify_jobs.retries import FOR_A_WHILE
from status_tracker.settings import Beats, TrackerSettings

CLOSED = RefusalKind.FULFILLMENT_ORDER_CLOSED
READ, MAKE = "fulfillment_orders", "fulfillment_create"


IN_TRANSIT = fetched(
    status="IN_TRANSIT", collected_at=NOW, tracking_number="1Z9", lines=(line(status=""),)
)


def sync(n: int = 1) -> events.SyncRequested:
    return events.SyncRequested(**IDS, requested_by="ana", mode="manual", request_id=f"r{n}")


async def shown(world: Any) -> View:
    return view(orders.fold(await world.store.read(order_stream(SHOP_ID, ORDER_ID))))


async def fail(world: Any, times: int) -> None:
    """So many attempts, each when it is due."""
    for _ in range(times):
        (outcome,) = await world.work()
        world.now = outcome.due_at


async def failures(world: Any) -> list[events.ShopifyUpdateFailed]:
    told: list[events.ShopifyUpdateFailed] = await world.told("ShopifyUpdateFailed")
    return told


async def test_a_fault_that_stays_is_retried_with_growing_waits_for_three_days_then_shown(
    world: Any,
) -> None:
    world.shopify.faults[READ] = [faults.unreachable] * 400
    await world.hear(IN_TRANSIT)
    began, tried = world.now, list[datetime]()
    while world.now - began < timedelta(hours=80):
        for outcome in await world.work():
            tried.append(world.now)
            last = outcome
        due = [job.due_at for job in await world.jobs() if job.state == "waiting"]
        if not due:
            break
        world.now = min(due)
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]
    assert all(2 * 2**n <= wait <= 4 * 2**n for n, wait in enumerate(waits[:9]))
    assert all(1800 <= wait <= 3600 for wait in waits[11:])
    assert len(set(waits[11:])) > 10
    assert last == Finished()
    assert FOR_A_WHILE < world.now - began < FOR_A_WHILE + timedelta(hours=2)
    *passing, given_up = await failures(world)
    assert all(failed.next_attempt_at for failed in passing)
    assert (given_up.reason_code, given_up.next_attempt_at) == ("shopify_unavailable", None)
    seen = await shown(world)
    assert (seen.status, seen.reason_code, seen.may_sync) == ("Synced", "shopify_unavailable", True)


async def test_a_short_wait_is_not_worth_an_event_and_a_long_one_names_the_next_attempt(
    world: Any,
) -> None:
    world.shopify.faults[READ] = [faults.unreachable] * 8
    await world.hear(IN_TRANSIT)
    await fail(world, 4)
    assert await failures(world) == []
    for _ in range(4):
        (outcome,) = await world.work()
        assert isinstance(outcome, Retry)
        world.now = outcome.due_at
    assert (await failures(world))[-1].next_attempt_at == outcome.due_at
    assert (await shown(world)).next_attempt_at == outcome.due_at
    await world.work()
    assert (await shown(world)).reason_code is None


async def test_time_in_which_the_shop_was_paused_is_not_counted(world: Any) -> None:
    world.shopify.faults[READ] = [faults.unreachable] * 30
    await world.hear(IN_TRANSIT)
    await fail(world, 12)
    await world.say(events.ShopPaused(shop_id=SHOP_ID, side="shopify", reason_code="token_invalid"))
    assert await world.work() == [Parked("token_invalid")]
    world.now += timedelta(days=30)
    await world.say(events.ShopResumed(shop_id=SHOP_ID, side="shopify"))
    await world.job_store.release(store=STORE)
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    assert (await failures(world))[-1].next_attempt_at == outcome.due_at


async def test_a_planted_count_of_paused_time_gives_up(world: Any) -> None:
    """Shows that the test above can fail: the same days without a pause end the series."""
    world.shopify.faults[READ] = [faults.unreachable] * 30
    await world.hear(IN_TRANSIT)
    await fail(world, 12)
    world.now += timedelta(days=30)
    assert await world.work() == [Finished()]


async def test_sync_tries_a_refused_change_again_at_once_and_is_told_the_outcome(
    world: Any,
) -> None:
    world.shopify.faults[MAKE] = [
        faults.refusing(CLOSED, at=("fulfillment", "x")),
        faults.refusing(CLOSED, at=("fulfillment", "x")),
    ]
    await world.hear(IN_TRANSIT)
    await world.work_until_settled()
    assert (await shown(world)).may_sync
    await world.hear(sync(1))
    assert (await shown(world)).reason_code is None  # it is being tried
    await world.work_until_settled()
    assert [failed.reason_code for failed in await failures(world)] == ["fulfillment_refused"] * 2
    await world.hear(sync(2))
    await world.work_until_settled()
    seen = await shown(world)
    assert (seen.reason_code, seen.may_sync, seen.delivery) == (None, False, "In transit")
    assert len(await world.parcels()) == 1


async def test_sync_does_not_wait_for_the_next_attempt(world: Any) -> None:
    world.shopify.faults[READ] = [faults.unreachable] * 10
    await world.hear(IN_TRANSIT)
    for _ in range(10):
        (outcome,) = await world.work()
        before, world.now = world.now, outcome.due_at
    world.now = before
    assert await world.work() == []
    await world.hear(sync())
    assert await world.work() == [Finished()]
    assert len(await world.parcels()) == 1


@pytest.mark.parametrize(("mode", "lane"), [("manual", "live"), ("bulk", "bulk")])
async def test_many_that_are_tried_again_at_once_go_in_the_bulk_lane(
    world: Any, mode: str, lane: str
) -> None:
    world.shopify.faults[MAKE] = [faults.refusing(CLOSED, at=("fulfillment", "x"))]
    await world.hear(IN_TRANSIT)
    await world.work_until_settled()
    await world.hear(sync().model_copy(update={"mode": mode}))
    (job,) = [job for job in await world.jobs() if job.state == "waiting"]
    assert job.lane == lane


async def test_sync_on_an_order_without_a_failure_does_nothing(world: Any) -> None:
    await world.hear(IN_TRANSIT)
    await world.work_until_settled()
    calls = len(world.shopify.asked())
    await world.hear(sync())
    await world.work_until_settled()
    assert len(world.shopify.asked()) == calls


async def test_a_frozen_store_pauses_the_shop_and_goes_on_by_itself(world: Any) -> None:
    """HTTP 402."""
    world.shopify.faults[READ] = [faults.denied(DenialKind.FROZEN)]
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Parked("shop_frozen")]
    await world.say(events.ShopResumed(shop_id=SHOP_ID, side="shopify"))
    await world.job_store.release(store=STORE, reasons=["shop_frozen"])
    await world.work_until_settled()
    assert len(await world.parcels()) == 1
    assert (await shown(world)).reason_code is None


async def test_a_security_rejection_is_retried_like_what_passes(world: Any) -> None:
    """HTTP 430."""
    world.shopify.faults[MAKE] = [faults.denied(DenialKind.SECURITY)] * 7
    await world.hear(IN_TRANSIT)
    await world.work_until_settled()
    assert {failed.reason_code for failed in await failures(world)} == {"security_rejection"}
    assert len(await world.parcels()) == 1


async def test_an_order_gone_from_shopify_is_not_offered_for_sync_as_a_change(world: Any) -> None:
    await world.shopify.delete((await world.ordered())["order"]["id"])
    await world.hear(IN_TRANSIT)
    await world.work()
    seen = await shown(world)
    assert (seen.reason_code, seen.may_sync) == ("order_removed", False)


def test_the_worker_looks_as_often_as_its_beats_say() -> None:
    beats = Beats(jobs=60.0, orphans=120.0, purge=3600.0)
    settings = TrackerSettings.model_construct(beats=beats, waits=Waits(), concurrency=3)
    worker = settings.worker
    assert (worker.poll, worker.recover, worker.purge, worker.concurrency) == (60, 120, 3600, 3)
    usual = TrackerSettings.model_construct(waits=Waits()).worker
    assert (usual.poll, usual.recover, usual.purge) == (1.0, 5.0, 60.0)
