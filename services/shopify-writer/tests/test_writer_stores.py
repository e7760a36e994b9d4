"""A store that cannot be used pauses its shop; what waited goes on when it can be used again."""

from typing import Any

import pytest
from tests.world import faults
from tests.world.story import SHOP_ID, STORE, connected
from tests.world.writer import a_draft

from eventstore.journal import Cause
from eventstore.wakeups import Wakeup
from jobs.outcomes import Finished, Parked
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.reasons import PAUSES, PROBED
from ordersync_contracts.streams import shop_stream
from shopify.denials import DenialKind

LOOKUP, CREATE = "order_find_by_custom_id", "order_create"


async def said(world: Any) -> list[Event]:
    """What the shop's stream says since it was connected."""
    return [said.event for said in (await world.store.read(shop_stream(SHOP_ID)))[3:]]


def paused(reason_code: str) -> events.ShopPaused:
    return events.ShopPaused(shop_id=SHOP_ID, side="shopify", reason_code=reason_code)


def resumed() -> events.ShopResumed:
    return events.ShopResumed(shop_id=SHOP_ID, side="shopify")


async def test_without_the_definition_nothing_is_created_and_the_store_is_left_alone(
    world: Any,
) -> None:
    world.shopify.faults[LOOKUP] = [faults.undefined] * 10
    for order_id in ("1", "2", "3"):
        await world.draft(order_id=order_id)
    await world.work_until_settled()
    assert world.shopify.asked() == [LOOKUP]
    assert await said(world) == [paused("definition_missing")]
    assert await world.names("1") == ["Draft", "Requested", "Failed"]
    assert await world.names("2") == await world.names("3") == ["Draft"]
    assert {job.reason for job in await world.jobs()} == {"definition_missing"}


@pytest.mark.parametrize(
    ("kind", "reason_code"),
    [
        (DenialKind.TOKEN, "token_invalid"),
        (DenialKind.TOKEN_MISSING, "token_invalid"),
        (DenialKind.SCOPE, "missing_scope"),
        (DenialKind.OFFLINE_TOKEN, "offline_token_required"),
        (DenialKind.FROZEN, "shop_frozen"),
    ],
)
async def test_a_denied_store_pauses_with_its_reason(
    world: Any, kind: DenialKind, reason_code: str
) -> None:
    world.shopify.faults[CREATE] = [faults.denied(kind)]
    await world.draft(order_id="1")
    assert await world.work() == [Parked(reason_code)]
    assert await said(world) == [paused(reason_code)]
    assert (await world.last("1")).reason_code == reason_code


async def test_what_is_about_one_order_pauses_no_store(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble]
    await world.draft()
    await world.work_until_settled()
    assert await said(world) == []


async def test_all_that_waited_goes_on_when_the_store_is_connected_anew(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.denied(DenialKind.SCOPE)]
    for order_id in ("1", "2"):
        await world.draft(order_id=order_id)
    await world.work_until_settled()
    assert await world.made("1") + await world.made("2") == 0
    await world.redeliver(*await world.say(resumed()))
    await world.work_until_settled()
    assert (await world.made("1"), await world.made("2")) == (1, 1)


async def test_a_shop_that_is_connected_again_goes_on_in_the_store_it_had(world: Any) -> None:
    await world.say(events.ShopDisconnected(shop_id=SHOP_ID, disconnected_by="ana"))
    await world.draft()
    assert await world.work() == [Parked("shop_disconnected")]
    again = connected()[0].model_copy(update={"store": None})
    await world.redeliver(*await world.say(again))
    assert await world.work() == [Finished()]
    assert await world.made() == 1


async def test_the_end_of_adoption_releases_what_waited_for_it(world: Any) -> None:
    new_store = "another.myshopify.com"
    await world.say(connected()[0].model_copy(update={"store": new_store}))
    await world.draft(store=new_store)
    assert await world.work() == [Parked("adoption_pending")]
    finished = events.AdoptionFinished(shop_id=SHOP_ID, store=new_store)
    await world.redeliver(*await world.say(finished))
    (job,) = await world.jobs()
    assert job.state == "waiting"


async def test_connecting_anew_tries_whatever_waited_and_time_does_not(world: Any) -> None:
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.job_store.park(job, "variant_deleted")
    await world.process().round("recover")
    (job,) = await world.jobs()
    assert job.state == "parked"
    await world.redeliver(*await world.say(connected()[0]))
    (job,) = await world.jobs()
    assert job.state == "waiting"


async def test_a_paused_store_is_probed_and_resumes_by_itself(world: Any) -> None:
    denied = faults.denied(DenialKind.TOKEN)
    world.shopify.faults[LOOKUP] = [denied, denied]
    await world.draft()
    await world.work()
    await world.process().round("recover")
    assert await said(world) == [paused("token_invalid")]
    await world.process().round("recover")
    assert await said(world) == [paused("token_invalid"), resumed()]
    await world.process().round("recover")
    await world.work_until_settled()
    assert await world.made() == 1
    assert len(await said(world)) == 2


async def test_a_pause_that_a_lookup_cannot_see_waits_for_a_person(world: Any) -> None:
    await world.say(paused("missing_scope"))
    await world.process().round("recover")
    assert world.shopify.asked() == []


async def test_a_job_that_was_parked_just_after_its_release_is_released_by_the_next_round(
    world: Any,
) -> None:
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.job_store.park(job, "adoption_pending")
    await world.process().round("recover")
    await world.work_until_settled()
    assert await world.made() == 1


async def test_a_round_with_nothing_to_do_asks_nobody(world: Any) -> None:
    await world.draft()
    await world.work()
    calls = len(world.shopify.asked())
    await world.process().round("recover")
    assert len(world.shopify.asked()) == calls


async def test_a_failure_older_than_the_new_connection_pauses_nothing(world: Any) -> None:
    async def meanwhile_connected(shop: Any, call: Any) -> Any:
        await world.say(connected()[0])
        return await faults.denied(DenialKind.TOKEN)(shop, call)

    world.shopify.faults[LOOKUP] = [meanwhile_connected]
    await world.draft()
    await world.work_until_settled()
    assert [event.type_name() for event in await said(world)] == ["ShopConnected"]
    assert await world.made() == 1


async def test_a_record_of_another_kind_releases_nothing(world: Any) -> None:
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.job_store.park(job, "adoption_pending")
    settings = events.OrderSettingsChanged(
        shop_id=SHOP_ID, settings=events.OrderSettings(), changed_by="ana"
    )
    await world.redeliver(*await world.say(settings))
    (job,) = await world.jobs()
    assert job.state == "parked"


async def test_a_draft_s_job_is_its_event_s_and_goes_in_its_lane(world: Any) -> None:
    recorded = await world.draft(lane="bulk")
    (job,) = await world.jobs()
    assert (job.id, job.version, job.lane, job.store) == (recorded.id, 1, "bulk", STORE)
    assert job.payload == {}


async def test_a_draft_that_is_replayed_goes_before_nothing_new(world: Any) -> None:
    (recorded,) = await world.say(a_draft())
    wakeup = Wakeup(Cause(recorded.stream, str(recorded.id)), recorded.event, 1, is_replayed=True)
    await world.process().service.on_records([wakeup])
    (job,) = await world.jobs()
    assert (job.id, job.lane) == (recorded.id, "replay")


def test_what_is_probed_is_a_pause() -> None:
    assert PROBED < PAUSES
