"""No change of ours mails anybody."""

from typing import Any

from tests.world import story
from tests.world.tracked import OTHER_STREET, STREET, Case, planted

CANCEL, TAG, UPDATE = "order_cancel", "tags_add", "order_update"


async def test_no_call_of_ours_tells_anybody(case: Case) -> None:
    """Every flag by which a change may mail somebody is false, or absent where absent is none."""
    await case.stands_at(STREET)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    sent = tuple(story.line(n, status="IN_TRANSIT") for n in (1, 2))
    await case.happens(status="IN_TRANSIT", tracking_number="1Z999", lines=sent)
    await case.happens(status="CANCELLED")
    for document in ("fulfillment_create", UPDATE, TAG):
        assert case.calls(document), document
    flags = [
        value
        for call in case.world.shopify.calls
        for key, value in walk(call.variables)
        if "notify" in key.lower() or key.lower().startswith("send")
    ]
    assert flags
    assert not any(flags)
    assert (await case.world.ordered())["mails"] == []


def walk(value: Any) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner)
    if isinstance(value, list):
        for inner in value:
            yield from walk(inner)


async def test_a_cancellation_says_that_nobody_is_notified_and_refunds_nothing(case: Case) -> None:
    await case.stands()
    await case.happens(status="CANCELLED")
    (variables,) = case.calls(CANCEL)
    assert variables["notifyCustomer"] is False
    assert not {"refund", "refundMethod"} & set(variables)
