"""A store that cannot be used pauses its shop; what waited goes on when it can be used again."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.world import faults
from tests.world.story import SHOP_ID, STORE, connected
from tests.world.writer import CREATE, LOOKUP, a_draft

from eventstore.journal import Cause
from eventstore.wakeups import Wakeup
from jobs.outcomes import Finished, Parked, Retry
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.reasons import PAUSES, STORE_WIDE
from ordersync_contracts.streams import shop_stream
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind


async def said(world: Any) -> list[Event]:
    """What the shop's stream says since it was connected."""
    return [said.event for said in (await world.store.read(shop_stream(SHOP_ID)))[3:]]


def paused(reason_code: str, **refused: Any) -> events.ShopPaused:
    return events.ShopPaused(shop_id=SHOP_ID, side="shopify", reason_code=reason_code, **refused)


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
    assert await said(world) == [paused("definition_missing", refused=LOOKUP)]
    assert await world.names("1") == ["Draft", "Requested", "Failed"]
    assert await world.names("2") == await world.names("3") == ["Draft"]
    assert {job.reason for job in await world.jobs()} == {"definition_missing"}


@pytest.mark.parametrize(
    ("kind", "reason_code", "scopes"),
    [
        (DenialKind.TOKEN, "token_invalid", ()),
        (DenialKind.TOKEN_MISSING, "token_invalid", ()),
        (DenialKind.SCOPE, "missing_scope", ("write_orders",)),
        (DenialKind.OFFLINE_TOKEN, "offline_token_required", ()),
        (DenialKind.PROTECTED_DATA, "protected_data", ()),
        (DenialKind.FROZEN, "shop_frozen", ()),
    ],
)
async def test_a_denied_store_pauses_with_its_reason(
    world: Any, kind: DenialKind, reason_code: str, scopes: tuple[str, ...]
) -> None:
    world.shopify.faults[CREATE] = [faults.denied(kind)]
    await world.draft(order_id="1")
    assert await world.work() == [Parked(reason_code, is_open=False)]
    assert await said(world) == [paused(reason_code, refused=CREATE, scopes=scopes)]
    assert (await world.last("1")).reason_code == reason_code


async def test_a_bare_403_is_no_missing_scope_and_pauses_nothing(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.denied(DenialKind.FORBIDDEN)]
    await world.draft()
    (outcome,) = await world.work()
    assert (type(outcome), outcome.reason) == (Retry, "turned_away")
    assert await said(world) == []
    await world.work_until_settled()
    assert await world.made() == 1


async def test_a_token_that_is_not_offline_is_told_from_a_missing_scope(world: Any) -> None:
    """Shopify denies both in the same words."""
    await world.shopify.behave(offline=False)
    await world.draft()
    assert await world.work() == [Parked("offline_token_required", is_open=False)]


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
    assert await said(world) == [paused("token_invalid", refused=LOOKUP)]
    await world.pass_time(timedelta(seconds=30))
    await world.process().round("recover")
    assert await said(world) == [paused("token_invalid", refused=LOOKUP), resumed()]
    await world.process().round("recover")
    await world.work_until_settled()
    assert await world.made() == 1
    assert len(await said(world)) == 2


async def test_a_pause_whose_end_nobody_can_see_waits_for_a_person(world: Any) -> None:
    await world.say(paused("missing_scope"))  # no scope was named
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


def test_what_holds_for_every_call_is_a_pause() -> None:
    assert STORE_WIDE < PAUSES


async def in_doubt(world: Any) -> None:
    """A create went out and its answer was lost; nothing came of it."""
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()


async def days_of_rounds(world: Any, days: int) -> None:
    """Whatever is due is done, and stores are looked at, twice a minute."""
    for _ in range(days * 24 * 120):
        await world.process().round("recover")
        await world.work()
        await world.pass_time(timedelta(seconds=30))


async def test_an_order_in_doubt_in_a_disconnected_shop_waits_and_is_resolved_once_it_is_back(
    world: Any,
) -> None:
    await in_doubt(world)
    await world.say(events.ShopDisconnected(shop_id=SHOP_ID, disconnected_by="ana"))
    await world.vault.delete_credential("shopify_store", STORE)
    await world.pass_time(timedelta(minutes=10))
    assert await world.work() == [Parked("shop_disconnected", is_open=True)]
    (job,) = await world.jobs()
    assert (job.state, job.in_doubt) == ("parked", True)
    asked = len(world.shopify.asked())
    await days_of_rounds(world, 1)
    assert len(world.shopify.asked()) == asked
    await world.vault.put_credential(
        "shopify_store", STORE, {"access_token": world.shopify.sim.token}
    )
    await world.redeliver(*await world.say(connected()[0]))
    await world.work_until_settled()
    assert await world.made() == 1


async def test_an_order_in_doubt_whose_store_denies_us_pauses_it_and_is_resolved_after_the_pause(
    world: Any,
) -> None:
    await in_doubt(world)
    world.shopify.faults[LOOKUP] = [faults.denied(DenialKind.TOKEN)]
    await world.pass_time(timedelta(minutes=10))
    assert await world.work() == [Parked("token_invalid", is_open=True)]
    assert await said(world) == [paused("token_invalid", refused=LOOKUP)]
    await world.pass_time(timedelta(minutes=10))
    await world.process().round("recover")
    await world.work_until_settled()
    assert await world.made() == 1


async def test_an_order_in_doubt_is_looked_up_although_creating_is_not_permitted(
    world: Any,
) -> None:
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    await world.work()
    await world.say(paused("missing_scope", refused=CREATE, scopes=("write_orders",)))
    await world.pass_time(timedelta(minutes=1))
    assert await world.work() == [Finished()]
    assert await world.names() == ["Draft", "Requested", "Created"]


@pytest.mark.parametrize("reason_code", sorted(PAUSES))
async def test_whatever_is_parked_for_a_pause_that_is_over_is_released_by_the_next_round(
    world: Any, reason_code: str
) -> None:
    """Parked just after the record of the resume released everything."""
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.job_store.park(job, reason_code)
    await world.process().round("recover")
    await world.work_until_settled()
    assert await world.made() == 1


async def test_a_missing_scope_is_said_once_and_asked_for_until_it_is_granted(
    world: Any,
) -> None:
    await world.shopify.grant_all_but("write_orders")
    for order_id in ("1", "2", "3"):
        await world.draft(order_id=order_id)
    await days_of_rounds(world, 1)
    scopes = ("write_orders",)
    assert await said(world) == [paused("missing_scope", refused=CREATE, scopes=scopes)]
    assert world.shopify.asked().count(CREATE) == 1
    assert world.shopify.asked().count("shop_info") < 200
    assert len(await world.history("2")) == 1
    await world.shopify.grant_all_but()
    await days_of_rounds(world, 1)
    assert (await said(world))[1:] == [resumed()]
    assert [await world.made(n) for n in ("1", "2", "3")] == [1, 1, 1]


async def test_a_store_that_turns_a_scan_away_is_paused_and_scanned_once_it_answers(
    world: Any,
) -> None:
    scanned, page = "another.myshopify.com", "orders_recent"
    await world.say(connected()[0].model_copy(update={"store": scanned}))
    world.shopify.faults[page] = [faults.denied(DenialKind.TOKEN)]
    world.shopify.faults["shop_info"] = [faults.denied(DenialKind.TOKEN)]
    await world.process().round("adopt")
    await world.process().round("adopt")
    assert world.shopify.asked() == ["shop_info"]
    assert (await said(world))[-1] == paused("token_invalid", refused="shop_info")


async def test_a_store_that_turns_the_reconciliation_away_is_paused(world: Any) -> None:
    world.shopify.faults["orders_recent"] = [faults.denied(DenialKind.TOKEN)]
    await world.process().round("reconcile")
    assert await said(world) == [paused("token_invalid", refused="orders_recent")]


async def test_an_order_that_another_system_named_waits_for_its_paused_store(world: Any) -> None:
    world.shopify.faults["orders_read_back"] = [faults.denied(DenialKind.TOKEN)]
    await world.draft(known_as=("gid://shopify/Order/9",))
    assert await world.work() == [Parked("token_invalid")]
    assert await said(world) == [paused("token_invalid", refused="orders_read_back")]


async def test_pauses_are_counted_by_side_and_reason_and_said_when_they_begin_and_end(
    world: Any,
) -> None:
    registry = CollectorRegistry()
    world.use(registry=registry)
    await world.shopify.grant_all_but("write_orders")

    def counted(reason: str) -> float | None:
        return registry.get_sample_value("shops_paused", {"side": "shopify", "reason": reason})

    with capture_logs() as logs:
        await world.hear(paused("missing_scope", scopes=("write_orders",)))
        await world.process().round("recover")
        assert counted("missing_scope") == 1.0
        await world.hear(resumed())
        await world.process().round("recover")
    assert counted("missing_scope") is None
    lines = [entry for entry in logs if entry["event"].startswith("shop.")]
    assert [(line["event"], line["side"]) for line in lines] == [
        ("shop.paused", "shopify"),
        ("shop.resumed", "shopify"),
    ]
    assert (lines[0]["reason"], lines[0]["scopes"]) == ("missing_scope", ["write_orders"])


async def test_a_store_that_looks_well_and_refuses_again_is_tried_ever_more_seldom(
    world: Any,
) -> None:
    """A dormant store answers look-ups and refuses orders."""
    world.shopify.faults[CREATE] = [faults.refusing(RefusalKind.SHOP_DORMANT)] * 10_000
    await world.draft()
    await days_of_rounds(world, 3)
    told = [event.type_name() for event in await said(world)]
    assert told.count("ShopPaused") < 12
    assert told.count("ShopResumed") < 12


async def test_what_waits_for_a_paused_shop_is_not_woken_by_another_shop_of_its_store(
    world: Any,
) -> None:
    other = [event.model_copy(update={"shop_id": "7"}) for event in connected()]
    await world.say(*other, paused("missing_scope"))
    await world.draft()
    assert await world.work() == [Parked("missing_scope")]
    await world.process().round("recover")
    (job,) = await world.jobs()
    assert job.state == "parked"
