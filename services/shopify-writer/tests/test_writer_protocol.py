"""One order per order: the protocol, with answers lost and processes dying at every step."""

from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.world import faults
from tests.world.shopify import Fault, created_at
from tests.world.story import ORDER_ID, SHOP_ID, STORE, connected
from tests.world.writer import a_draft

from eventstore.journal import Journal
from jobs.outcomes import Finished, InDoubt, Parked, Retry
from mapping.recipient import Recipient
from ordersync_contracts import events
from ordersync_contracts.reasons import CATALOGUE
from ordersync_contracts.streams import order_stream
from shopify.answers import Done
from shopify.refusals import RefusalKind
from shopify_writer.webhooks.orders import removed as orders_removed
from shopify_writer.webhooks.orders import streams_by_gid
from vault.keys import MasterKeys
from vault.memory import MemoryVault

IDS = {"shop_id": SHOP_ID, "order_id": ORDER_ID}
LOOKUP, SEARCH, CREATE = "order_find_by_custom_id", "order_find", "order_create"
SECOND = timedelta(seconds=1)
SYNC = events.SyncRequested(**IDS, requested_by="ana", mode="manual", request_id="form-1")


def removed(gid: str) -> events.ShopifyOrderRemoved:
    return events.ShopifyOrderRemoved(**IDS, store=STORE, shopify_order_id=gid, seen_by="webhook")


async def standing(world: Any) -> tuple[str, str]:
    """Gid and name of the one order in Shopify."""
    (shown,) = await world.shopify.orders()
    return shown["order"]["id"], shown["order"]["name"]


async def test_a_draft_becomes_one_order_at_two_calls_and_two_events(world: Any) -> None:
    await world.draft()
    assert await world.work() == [Finished()]
    assert world.shopify.asked() == [LOOKUP, CREATE]
    assert await world.names() == ["Draft", "Requested", "Created"]
    created = await world.last()
    found = (created.outcome, created.shopify_order_id, created.name)
    assert found == ("created", *await standing(world))


async def test_the_intent_stands_before_anything_is_asked_of_shopify(world: Any) -> None:
    seen: list[list[str]] = []

    async def look(shop: Any, call: Any) -> Any:
        seen.append(await world.names())
        return await shop.answer(call)

    world.shopify.faults[LOOKUP] = [look]
    await world.draft()
    await world.work()
    assert seen == [["Draft", "Requested"]]
    (requested,) = [said.event for said in await world.history() if "Requested" in said.name]
    found = (requested.attempt, requested.draft_version, requested.store)
    assert found == (1, 1, STORE)
    assert requested.idempotency_key
    assert len(requested.input_digest) == 64


async def test_redelivery_changes_nothing(world: Any) -> None:
    recorded = await world.draft()
    await world.redeliver(recorded, recorded)
    await world.work_until_settled()
    await world.redeliver(recorded)
    await world.work_until_settled()
    assert await world.made() == 1
    assert world.shopify.asked() == [LOOKUP, CREATE]


async def test_a_job_whose_memory_was_cleared_finds_the_order_there(world: Any) -> None:
    recorded = await world.draft()
    await world.work()
    await world.job_store.purge_done(world.now + SECOND)
    await world.redeliver(recorded)
    await world.work_until_settled()
    assert (await world.made(), world.shopify.asked()) == (1, [LOOKUP, CREATE])


async def test_an_order_that_is_there_already_is_found_and_not_created(world: Any) -> None:
    gid = await world.place(ORDER_ID)
    await world.draft()
    await world.work()
    assert world.shopify.asked() == [LOOKUP]
    created = await world.last()
    assert (created.outcome, created.shopify_order_id) == ("found", gid)
    assert len(created.lines) == 1


async def test_a_lost_answer_is_looked_up_and_the_order_found(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    (outcome,) = await world.work()
    assert outcome == InDoubt(world.now + 2 * SECOND)
    assert await world.names() == ["Draft", "Requested"]
    await world.work_until_settled()
    assert world.shopify.asked() == [LOOKUP, CREATE, LOOKUP]
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


@pytest.mark.parametrize(("lag", "found_by"), [(0, LOOKUP), (1, SEARCH)])
async def test_an_order_that_is_found_says_when_shopify_has_it_processed(
    world: Any, lag: int, found_by: str
) -> None:
    await world.shopify.behave(lookup_lag_s=lag * 3600)
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    await world.work_until_settled()
    assert world.shopify.asked()[-1] == found_by
    created = await world.last()
    assert created.outcome == "found"
    assert created.processed_at == a_draft().placed_at
    (shown,) = await world.shopify.orders()
    assert created.processed_at < created_at(shown)


async def test_absence_is_believed_only_after_its_time_and_when_search_says_so_too(
    world: Any,
) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    doubted_at = world.now
    while (await world.names())[-1] == "Requested":
        assert SEARCH not in world.shopify.asked()
        world.now += 10 * SECOND
        await world.work()
    believed_after = world.now - doubted_at
    assert world.doubts.settled_after <= believed_after < world.doubts.settled_after * 1.6
    assert world.shopify.asked()[-2:] == [LOOKUP, SEARCH]
    failed = await world.last()
    assert (failed.reason_code, failed.attempt) == ("not_created", 1)
    assert failed.next_attempt_at > world.now
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Failed", "Requested", "Created"]
    assert await world.made() == 1


async def test_an_order_that_only_the_search_knows_is_found(world: Any) -> None:
    await world.shopify.behave(lookup_lag_s=3600)
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    await world.work_until_settled()
    assert world.shopify.asked()[-1] == SEARCH
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_a_search_that_finds_another_order_finds_nothing(world: Any) -> None:
    async def similar(shop: Any, call: Any) -> Any:
        await world.place(f"{ORDER_ID}0")
        query = call.variables["query"].replace(ORDER_ID, f"{ORDER_ID}0")
        return await shop.answer(replace(call, variables={"query": query}))

    world.shopify.faults |= {CREATE: [faults.lost_before], SEARCH: [similar]}
    await world.draft()
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Failed", "Requested", "Created"]
    assert await world.made() == 1


async def test_an_order_that_is_made_late_is_found(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.late]
    await world.shopify.behave(search_lag_s=60)
    await world.draft()
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Created"]
    assert await world.made() == 1


@pytest.mark.parametrize("document", [LOOKUP, SEARCH])
async def test_a_lookup_that_fails_says_nothing_about_the_order(world: Any, document: str) -> None:
    await world.shopify.behave(lookup_lag_s=480)
    world.shopify.faults |= {CREATE: [faults.lost_after]}
    await world.draft()
    await world.work()
    world.shopify.faults[document] = [faults.trouble] * 3
    await world.work_until_settled()
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_while_shopify_is_down_a_doubt_is_not_looked_up_every_other_second(
    world: Any,
) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    world.shopify.faults[LOOKUP] = [faults.trouble] * 1000
    await world.work_until_settled(hours=1)
    assert 20 < world.shopify.asked().count(LOOKUP) < 40
    assert await world.names() == ["Draft", "Requested"]


async def test_an_id_that_is_taken_is_looked_up(world: Any) -> None:
    await world.shopify.behave(unique_metafield="refuse", lookup_lag_s=60)
    await world.place(ORDER_ID)
    await world.draft()
    await world.work_until_settled()
    assert world.shopify.asked().count(CREATE) == 1
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_a_crash_between_intent_and_call_is_found_not_created(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.dies]
    await world.draft()
    await world.work()
    assert await world.names() == ["Draft", "Requested"]
    while (await world.names())[-1] == "Requested":
        await world.pass_time(timedelta(minutes=1))
        await world.work()
    failed = await world.last()
    assert failed.reason_code == "not_created"
    assert CREATE not in world.shopify.asked()
    assert world.shopify.asked()[-2:] == [LOOKUP, SEARCH]
    await world.work_until_settled()
    assert await world.made() == 1


@pytest.mark.parametrize("fault", [faults.dies, faults.dies_after])
async def test_a_crash_during_the_call_is_in_doubt(world: Any, fault: Fault) -> None:
    world.shopify.faults[CREATE] = [fault]
    await world.shopify.behave(lookup_lag_s=60)
    await world.draft()
    await world.work()
    (job,) = await world.jobs()
    assert job.in_doubt
    await world.work()
    assert await world.names() == ["Draft", "Requested"]
    await world.work_until_settled()
    assert (await world.names())[-1] == "Created"
    assert await world.made() == 1


async def test_a_crash_between_call_and_outcome_finds_the_order(world: Any) -> None:
    append = world.store.append

    async def dying(commands: Any) -> Any:
        from_fact = [c for c in commands if c.events[0].event.type_name().endswith("Created")]
        if from_fact:
            world.store.append = append
            raise SystemExit
        return await append(commands)

    world.store.append = dying
    await world.draft()
    with pytest.raises(SystemExit):
        await world.work()
    await world.process().restart()
    await world.work_until_settled()
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_a_crash_after_the_outcome_makes_no_second_attempt(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.refusing(RefusalKind.INVENTORY_CLAIM_FAILED)]
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.service.perform(job, world.owner.lease)
    await world.process().restart()
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Failed"]
    assert world.shopify.asked() == [LOOKUP, CREATE]


async def test_a_worker_that_lost_its_lease_writes_nothing(world: Any) -> None:
    await world.draft()

    async def paused(shop: Any, call: Any) -> Any:
        world.clock.stood_still_s += 60.0
        return await shop.answer(call)

    world.shopify.faults[LOOKUP] = [paused]
    assert await world.work() == []
    assert world.shopify.asked() == [LOOKUP]
    await world.process().restart()
    await world.work_until_settled()
    assert await world.made() == 1


async def test_a_withdrawn_draft_is_never_attempted(world: Any) -> None:
    (recorded,) = await world.say((await world.draft()).event)
    await world.say(
        events.ShopifyOrderDraftWithdrawn(**IDS, draft_version=2, reason_code="automatic_sync_off")
    )
    await world.redeliver(recorded)
    await world.work_until_settled()
    assert (world.shopify.asked(), await world.made()) == ([], 0)


async def test_of_two_drafts_the_newest_is_created_and_once(world: Any) -> None:
    await world.draft(tags=("old",))
    await world.draft(tags=("new",), replaces=1)
    await world.work_until_settled()
    (made,) = await world.inputs()
    assert made["tags"] == ["new"]
    assert world.shopify.asked() == [LOOKUP, CREATE]


async def test_a_draft_decided_between_reading_and_intending_is_the_one_attempted(
    world: Any,
) -> None:
    first = await world.draft(tags=("old",))
    append = world.store.append

    async def race(commands: Any) -> Any:
        world.store.append = append
        await world.say(first.event.model_copy(update={"tags": ("new",), "replaces": 1}))
        return await append(commands)

    world.store.append = race
    await world.work()
    (made,) = await world.inputs()
    assert made["tags"] == ["new"]
    assert await world.names() == ["Draft", "Draft", "Requested", "Created"]


async def test_while_in_doubt_a_newer_draft_waits_and_then_the_order_is_found(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft(tags=("old",))
    await world.work()
    await world.draft(tags=("new",), replaces=1)
    await world.work_until_settled()
    assert [made["tags"] for made in await world.inputs()] == [["old"]]
    assert (await world.names())[-1] == "Created"


async def test_a_person_s_sync_does_not_wait_for_the_next_attempt_by_the_clock(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble]
    recorded = await world.draft()
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    await world.say(SYNC)
    (again,) = await world.say(recorded.event.model_copy(update={"replaces": 1}))
    await world.redeliver(again)
    await world.work()
    assert await world.made() == 1
    await world.work_until_settled()
    assert world.shopify.asked() == [LOOKUP, LOOKUP, CREATE]


@pytest.mark.parametrize("is_lost", [False, True], ids=["heard", "lost in Kafka"])
async def test_a_draft_that_came_while_an_older_one_was_refused_is_attempted(
    world: Any, is_lost: bool
) -> None:
    refusal = faults.refusing(RefusalKind.INVENTORY_CLAIM_FAILED, code="INVENTORY_CLAIM_FAILED")

    async def while_refused(shop: Any, call: Any) -> Any:
        await world.say(a_draft(tags=("new",), replaces=1))
        await (world.lose() if is_lost else world.hear())
        return await refusal(shop, call)

    world.shopify.faults[CREATE] = [while_refused]
    await world.draft(tags=("old",))
    await world.work()
    await world.pass_time(timedelta(minutes=10))
    await world.process().round("missed")
    assert [job.version for job in await world.jobs()] == [1, 3]
    await world.work_until_settled()
    assert [made["tags"] for made in await world.inputs()] == [["new"]]


async def test_a_job_that_attempts_a_newer_draft_records_its_failures_too(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble] * 2
    recorded = await world.draft()
    await world.work()
    await world.say(
        SYNC,
        recorded.event.model_copy(update={"replaces": 1}),
    )
    await world.work_until_settled()
    attempts = [
        (said.event.draft_version, said.event.attempt)
        for said in await world.history()
        if said.name.endswith("Failed")
    ]
    assert attempts == [(1, 1), (5, 1)]
    assert await world.made() == 1


async def test_transient_failures_are_told_with_their_next_attempt_and_end_in_an_order(
    world: Any,
) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble] * 3
    await world.draft()
    await world.work_until_settled()
    failed = [said.event for said in await world.history() if said.name.endswith("Failed")]
    assert [failure.attempt for failure in failed] == [1, 2, 3]
    assert {failure.reason_code for failure in failed} == {"shopify_unavailable"}
    waits = [failure.next_attempt_at for failure in failed]
    assert waits == sorted(waits)
    assert failed[0].request_id == "request-1"
    assert (await world.names())[-1] == "Created"


async def test_after_three_days_of_failing_a_person_has_to_come(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble] * 500
    await world.draft()
    await world.work_until_settled(hours=100)
    failed = await world.last()
    assert (failed.reason_code, failed.next_attempt_at) == ("shopify_unavailable", None)
    (job,) = await world.jobs()
    assert job.state == "done"
    first = (await world.history())[1].recorded_at
    assert timedelta(hours=72) < world.now - first < timedelta(hours=74)


async def test_a_refusal_is_told_once_with_code_and_field(world: Any) -> None:
    refusal = faults.refusing(RefusalKind.INVENTORY_CLAIM_FAILED, code="INVENTORY_CLAIM_FAILED")
    world.shopify.faults[CREATE] = [refusal]
    await world.draft()
    assert await world.work() == [Finished()]
    failed = await world.last()
    found = (failed.reason_code, failed.shopify_code, failed.next_attempt_at)
    assert found == ("stock_claim_failed", "INVENTORY_CLAIM_FAILED", None)
    assert CATALOGUE[failed.reason_code].who == "you"


async def test_a_throttled_lookup_waits_and_costs_no_event(world: Any) -> None:
    world.shopify.faults |= {LOOKUP: [faults.throttled] * 2, CREATE: [faults.throttled]}
    await world.draft()
    await world.work()
    assert await world.names() == ["Draft", "Requested", "Created"]


async def test_an_order_too_old_to_be_looked_up_is_refused_once(world: Any) -> None:
    await world.draft(placed_at=world.now - timedelta(days=61))
    assert await world.work() == [Finished()]
    assert await world.names() == ["Draft", "Failed"]
    failed = await world.last()
    assert (failed.reason_code, failed.attempt) == ("cannot_prove_absent", 1)
    assert world.shopify.asked() == []


async def test_the_buyer_is_read_at_the_last_moment(world: Any) -> None:
    reference = await world.keep_buyer()
    await world.draft(recipient=reference)
    await world.work()
    (made,) = await world.inputs()
    assert made["shippingAddress"]["firstName"] == "Petra"
    assert (await world.last()).left_out == ()


async def test_a_buyer_who_was_erased_meanwhile_is_absent(world: Any) -> None:
    reference = await world.keep_buyer()
    await world.draft(recipient=reference)
    await world.vault.erase_order(IDS["shop_id"], ORDER_ID, "customer_request")
    await world.work()
    (made,) = await world.inputs()
    assert "shippingAddress" not in made
    assert (await world.last()).left_out == ("address",)


async def test_a_masked_buyer_stops_no_order_and_is_shown(world: Any) -> None:
    masked = Recipient(name="P****", phone="(+1)***", line1="7 ****", city="LA", region="US")
    await world.draft(recipient=await world.keep_buyer(masked))
    await world.work()
    assert (await world.last()).left_out == ("phone", "province", "zip")
    assert await world.made() == 1


async def test_an_address_that_cannot_be_opened_is_tried_again(world: Any) -> None:
    await world.draft(recipient=await world.keep_buyer())
    locked = Locked(MasterKeys({"k9": bytes(32)}, "k9"), world.clock.wall, world.vault)
    world.use(vault=locked)
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    await world.work_until_settled(hours=0.01)
    attempts = [said.event.attempt for said in await world.history() if "Failed" in said.name]
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) < 8
    world.use()
    await world.work_until_settled()
    assert (await world.names())[-1] == "Created"
    assert (await world.last()).left_out == ()


class Locked(MemoryVault):
    """The same secrets under a master key that this process does not have."""

    def __init__(self, keys: MasterKeys, clock: Any, other: MemoryVault) -> None:
        super().__init__(keys, clock, token_bytes)
        self._orders, self._versions = other._orders, other._versions


async def test_nobody_s_data_is_in_what_is_recorded(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.refusing(RefusalKind.PHONE_TAKEN)]
    await world.draft(recipient=await world.keep_buyer())
    await world.work()
    said = b"".join(recorded.data for recorded in await world.history())
    jobs = repr(await world.jobs()).encode()
    assert not [word for word in (b"Petra", b"Planted", b"2135550147") if word in said + jobs]


async def test_an_order_deleted_in_shopify_is_created_again_for_a_person(world: Any) -> None:
    recorded = await world.draft()
    await world.work()
    gone, _ = await standing(world)
    await world.shopify.delete(gone)
    await world.say(removed(gone), SYNC)
    (again,) = await world.say(recorded.event)
    await world.redeliver(again)
    await world.work_until_settled()
    (new, _) = await standing(world)
    assert (await world.last()).shopify_order_id == new != gone


async def test_a_lookup_that_still_shows_the_deleted_order_is_not_believed(world: Any) -> None:
    recorded = await world.draft()
    await world.work()
    gone, _ = await standing(world)
    await world.say(removed(gone), SYNC)
    (again,) = await world.say(recorded.event)
    await world.redeliver(again)
    with capture_logs() as logs:
        (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    assert [line["gid"] for line in logs if line["event"] == "order.still_found"] == [gone]
    await world.shopify.delete(gone)
    await world.work_until_settled()
    (new, _) = await standing(world)
    assert (await world.last()).shopify_order_id == new != gone


async def test_an_order_that_was_said_to_be_deleted_and_is_there_stands_again(world: Any) -> None:
    """It is believed as late as an absence is, and may be deleted indeed after that."""
    recorded = await world.draft()
    await world.work()
    gid, _ = await standing(world)
    await world.say(removed(gid), SYNC)
    (again,) = await world.say(recorded.event)
    await world.redeliver(again)
    await world.work()
    assert (await world.names())[-1] == "Requested"
    await world.work_until_settled()
    found = await world.last()
    assert (found.outcome, found.shopify_order_id) == ("found", gid)
    assert await world.made() == 1
    assert {job.state for job in await world.jobs()} == {"done"}
    stream = order_stream(SHOP_ID, ORDER_ID)
    assert await streams_by_gid(world.store, STORE, [gid]) == {gid: stream}
    journal = Journal(world.store, "shopify-writer", lambda: world.now)
    assert await orders_removed(journal, stream, removed(gid))


async def test_a_deleted_order_that_only_the_lookup_finds_does_not_stand_again(world: Any) -> None:
    recorded = await world.draft()
    await world.work()
    gid, _ = await standing(world)
    await world.say(removed(gid), SYNC)
    (again,) = await world.say(recorded.event)
    await world.redeliver(again)

    async def gone(shop: Any, call: Any) -> Any:
        return Done({"nodes": [None]}, call=shop.facts())

    world.shopify.faults["orders_read_back"] = [gone] * 1_000
    await world.work_until_settled(hours=3)
    assert (await world.names())[-1] == "Requested"
    assert "orders_read_back" in world.shopify.asked()
    await world.shopify.delete(gid)
    await world.work_until_settled()
    (new, _) = await standing(world)
    assert (await world.last()).shopify_order_id == new != gid


async def test_an_order_in_doubt_in_one_store_is_not_attempted_in_another(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    moved = connected()[0].model_copy(update={"store": "another.myshopify.com"})
    await world.say(moved)
    await world.draft(store="another.myshopify.com", replaces=1)
    await world.work()
    assert await world.names() == ["Draft", "Requested", "Draft"]


async def test_nothing_is_created_before_adoption_is_finished(world: Any) -> None:
    moved = connected()[0].model_copy(update={"store": "another.myshopify.com"})
    await world.say(moved)
    await world.draft(store="another.myshopify.com")
    assert await world.work() == [Parked("adoption_pending")]
    assert (world.shopify.asked(), await world.names()) == ([], ["Draft"])
