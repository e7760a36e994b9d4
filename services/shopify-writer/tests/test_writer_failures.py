"""What fails is told with its reason and its next attempt, a refusal once."""

from datetime import timedelta
from typing import Any

from tests.world import faults
from tests.world.writer import CREATE, LOOKUP

from jobs.outcomes import Finished
from ordersync_contracts.reasons import CATALOGUE
from shopify.refusals import RefusalKind


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
