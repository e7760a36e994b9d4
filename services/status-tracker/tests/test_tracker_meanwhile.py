"""In whatever order things are told, once or again, the order ends as TikTok has it."""

import itertools
from datetime import timedelta

import pytest
from tests.world.story import IDS, STORE
from tests.world.tracked import OTHER_STREET, STREET, Case, planted

from ordersync_contracts import events


async def test_redelivery_of_every_record_changes_nothing(case: Case) -> None:
    await case.stands_at(STREET)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    await case.happens(status="CANCELLED")
    calls, length = len(case.world.shopify.calls), await case.version()
    await case.world.job_store.purge_done(case.world.now + timedelta(hours=1))
    for recorded in await case.world.store.read_after(0, 1_000):
        await case.world.redeliver(recorded)
    case.world.kafka.rewind("status-tracker")
    await case.world.hear()
    await case.world.work_until_settled()
    assert (len(case.world.shopify.calls), await case.version()) == (calls, length)


async def test_what_changed_while_a_create_was_in_doubt_is_applied_as_a_difference(
    case: Case,
) -> None:
    case.seen(recipient=await case.keep(planted(STREET)))
    await case.world.hear(case.snapshot)
    await case.request()
    await case.world.hear(case.seen(recipient=await case.keep(planted(OTHER_STREET))))
    assert await case.world.work() == []
    await case.create("found")
    await case.world.work_until_settled()
    assert (await case.order())["shippingAddress"]["address1"] == OTHER_STREET


async def test_what_was_cancelled_while_a_create_was_in_doubt_is_cancelled_then(case: Case) -> None:
    await case.world.hear(case.seen())
    await case.request()
    await case.world.hear(case.seen(status="CANCELLED"))
    assert await case.world.told("OrderCancelled") == []
    await case.create("found")
    await case.world.work_until_settled()
    assert (await case.order())["cancelledAt"] is not None


async def test_an_order_found_after_two_drafts_may_be_either_and_is_made_right(case: Case) -> None:
    """A create believed absent arrives late, and the next attempt finds it: the older address."""
    case.seen(recipient=await case.keep(planted(STREET)))
    await case.world.hear(case.snapshot)
    await case.request()
    not_created = events.ShopifyOrderFailed(
        **IDS, store=STORE, draft_version=2, attempt=1, reason_code="not_created"
    )
    await case.world.hear(not_created)
    await case.world.hear(case.seen(recipient=await case.keep(planted(OTHER_STREET))))
    await case.request()
    await case.create("found")
    await case.world.work_until_settled()
    assert (await case.order())["shippingAddress"]["address1"] == OTHER_STREET


STEPS = ("requested", "changed", "cancelled", "created")


@pytest.mark.parametrize("outcome", ["created", "found"])
@pytest.mark.parametrize(
    "steps",
    [order for order in itertools.permutations(STEPS) if order.index("requested") == 0]
    + [("changed", "requested", "created", "cancelled"), ("requested", "created", "changed")],
    ids=" ".join,
)
async def test_in_whatever_order_it_is_told_the_order_ends_as_tiktok_has_it(
    case: Case, steps: tuple[str, ...], outcome: str
) -> None:
    case.seen(recipient=await case.keep(planted(STREET)))
    await case.world.hear(case.snapshot)
    address_at_draft = STREET
    for step in steps:
        match step:
            case "requested":
                await case.request()
                address_at_draft = STREET if "changed" not in steps[: steps.index(step)] else ""
            case "changed":
                changed = await case.keep(planted(OTHER_STREET))
                await case.world.hear(case.seen(recipient=changed))
            case "cancelled":
                await case.world.hear(case.seen(status="CANCELLED"))
            case _:
                await case.create(outcome)
        await case.world.work()
    await case.world.work_until_settled()
    order = await case.order()
    assert (order["cancelledAt"] is not None) == ("cancelled" in steps)
    if "cancelled" not in steps and address_at_draft:
        assert order["shippingAddress"]["address1"] == OTHER_STREET
    assert {job.state for job in await case.world.jobs()} <= {"done"}
