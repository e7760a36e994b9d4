"""What TikTok cancels is cancelled in Shopify, tagged or left, as the setting says, and once."""

from collections.abc import Awaitable, Callable

import pytest
from tests.world import faults, story
from tests.world.shopify import Call, Fault, ShopifySide
from tests.world.story import SHOP_ID, created
from tests.world.tracked import Case

from jobs.outcomes import InDoubt
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from shopify.answers import Answer, Refused
from shopify.refusals import RefusalKind, UserError

STANDING, CANCEL, TAG = "order_standing", "order_cancel", "tags_add"


async def choose(case: Case, cancellation: str) -> None:
    settings = events.OrderSettings.model_validate({"cancellation": cancellation})
    changed = events.OrderSettingsChanged(shop_id=SHOP_ID, settings=settings, changed_by="ana")
    await case.world.say(changed)


async def test_a_cancelled_order_is_cancelled_its_stock_given_back_and_nobody_told(
    case: Case,
) -> None:
    before = await case.stock()
    await case.stands()
    assert await case.stock() == before - 2
    await case.happens(status="CANCELLED", cancelled_by="BUYER")
    shown = await case.world.ordered()
    order = shown["order"]
    assert order["cancelledAt"] is not None
    assert (order["cancelReason"], order["refunds"], shown["mails"]) == ("CUSTOMER", [], [])
    assert await case.stock() == before
    assert await case.changes() == [("cancellation", "cancelled")]
    seen = await case.shown()
    assert (seen.status, seen.remark, seen.reason_code) == ("Synced", "Cancelled in TikTok", None)


async def test_the_wishes_for_many_cancellations_are_asked_for_at_once(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case.stands()
    other = {"order_id": "2"}
    there = created("gid://shopify/Order/2").model_copy(update=other)
    await case.world.hear(case.seen().model_copy(update=other), there)
    gone = case.seen(status="CANCELLED")
    await case.world.say(gone, gone.model_copy(update=other))
    asked: list[int] = []
    head: Callable[[], Awaitable[int]] = case.world.store.head

    async def counted() -> int:
        asked.append(1)
        return await head()

    monkeypatch.setattr(case.world.store, "head", counted)
    await case.world.process().hear()
    history = await case.world.store.read(order_stream(SHOP_ID, "2"))
    assert [recorded.name for recorded in history][-1] == "OrderCancelled"
    assert len(asked) == 1


async def test_stock_that_was_not_taken_is_not_given_back(case: Case) -> None:
    before = await case.stock()
    await case.stands(inventory="BYPASS")
    await case.happens(status="CANCELLED")
    assert (await case.order())["cancelledAt"] is not None
    assert await case.stock() == before


async def test_an_order_with_something_shipped_is_tagged_not_cancelled(case: Case) -> None:
    await case.stands()
    await case.world.fulfil()
    await case.happens(status="CANCELLED")
    order = await case.order()
    assert order["cancelledAt"] is None
    assert order["tags"] == ["TikTok Shop", "TikTok Shop Cancelled"]
    assert await case.changes() == [("cancellation", "tagged")]


async def test_a_part_is_tagged_and_shown_then_the_whole_is_cancelled(case: Case) -> None:
    await case.stands()
    await case.happens(lines=(story.line(1), story.line(2, status="CANCELLED")))
    (told,) = await case.world.told("OrderCancelled")
    found = (told.whole_order, told.action, told.line_ids)
    assert found == (False, "tag", (story.line(2).line_id,))
    assert "TikTok Shop Cancelled" in (await case.order())["tags"]
    assert (await case.shown()).remark == "Partly cancelled in TikTok"
    await case.happens(status="CANCELLED")
    assert (await case.order())["cancelledAt"] is not None
    assert await case.changes() == [("cancellation", "tagged"), ("cancellation", "cancelled")]


async def test_all_units_cancelled_is_the_whole_order(case: Case) -> None:
    await case.stands()
    gone = tuple(story.line(n, status="CANCELLED") for n in (1, 2))
    await case.happens(lines=gone)
    assert (await case.order())["cancelledAt"] is not None


async def test_the_setting_tag_tags(case: Case) -> None:
    await choose(case, "tag")
    await case.stands()
    await case.happens(status="CANCELLED")
    order = await case.order()
    assert (order["cancelledAt"], order["tags"][-1]) == (None, "TikTok Shop Cancelled")


async def test_the_setting_ignore_leaves_shopify_alone_and_shows_it(case: Case) -> None:
    await choose(case, "ignore")
    await case.stands()
    await case.happens(status="CANCELLED")
    assert case.world.shopify.calls == []
    assert (await case.shown()).remark == "Cancelled in TikTok"
    await choose(case, "cancel")
    await case.happens()
    assert case.world.shopify.calls == []  # what the setting was then is what was decided


async def test_an_order_a_person_cancelled_in_shopify_is_left_as_it_is(case: Case) -> None:
    await case.stands()
    gid = (await case.order())["id"]
    await case.sim.graph(
        "mutation C($id: ID!) { orderCancel(orderId: $id, reason: STAFF, restock: false)"
        " { job { id } } }",
        id=gid,
    )
    await case.happens(status="CANCELLED")
    assert case.world.shopify.asked() == [STANDING]
    assert await case.changes() == [("cancellation", "cancelled")]


async def test_an_order_adopted_after_tiktok_cancelled_it_is_left_alone(case: Case) -> None:
    await case.world.hear(case.seen(status="CANCELLED"))
    await case.create("adopted")
    await case.world.work_until_settled()
    assert (case.world.shopify.calls, await case.world.told("OrderCancelled")) == ([], [])


async def test_an_adopted_order_is_cancelled_without_touching_the_stock(case: Case) -> None:
    await case.world.hear(case.seen())
    await case.create("adopted")
    before = await case.stock()
    await case.happens(status="CANCELLED")
    assert (await case.order())["cancelledAt"] is not None
    assert await case.stock() == before


@pytest.mark.parametrize("fault", faults.OF_ANY_CALL)
async def test_whatever_happens_to_the_call_the_order_is_cancelled_once(
    case: Case, fault: Fault
) -> None:
    before = await case.stock()
    await case.stands()
    case.world.shopify.faults[CANCEL] = [fault]
    await case.happens(status="CANCELLED")
    history = [entry["operation"] for entry in (await case.world.ordered())["history"]]
    assert history.count("orderCancel") == 1
    assert await case.stock() == before
    assert await case.changes() == [("cancellation", "cancelled")]
    assert {job.state for job in await case.world.jobs()} == {"done"}


async def test_a_cancellation_in_doubt_is_looked_up_before_it_is_asked_for_again(
    case: Case,
) -> None:
    await case.stands()
    case.world.shopify.faults[CANCEL] = [faults.lost_before]
    await case.world.hear(case.seen(status="CANCELLED"))
    (outcome,) = await case.world.work()
    assert isinstance(outcome, InDoubt)
    case.world.now = outcome.due_at
    (outcome,) = await case.world.work()
    assert isinstance(outcome, InDoubt)
    assert case.world.shopify.asked() == [STANDING, CANCEL, STANDING]
    await case.world.work_until_settled()
    assert len(case.calls(CANCEL)) == 2
    assert (await case.order())["cancelledAt"] is not None


@pytest.mark.parametrize("fault", faults.OF_ANY_CALL)
async def test_whatever_happens_to_the_call_the_tag_is_there_once(case: Case, fault: Fault) -> None:
    await choose(case, "tag")
    await case.stands()
    case.world.shopify.faults[TAG] = [fault]
    await case.happens(status="CANCELLED")
    assert (await case.order())["tags"] == ["TikTok Shop", "TikTok Shop Cancelled"]
    assert await case.changes() == [("cancellation", "tagged")]


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_refused_cancellation_is_judged_by_how_the_order_stands(
    case: Case, *, is_done: bool
) -> None:
    async def refuse(shop: ShopifySide, call: Call) -> Answer:
        if is_done:
            await shop.answer(call)
        odd = UserError("INVALID", ("orderId",), RefusalKind.OTHER)
        return Refused((odd,), call=shop.facts())

    await case.stands()
    case.world.shopify.faults[CANCEL] = [refuse]
    await case.happens(status="CANCELLED", cancelled_by="BUYER")
    if is_done:
        assert await case.changes() == [("cancellation", "cancelled")]
    else:
        (failed,) = await case.world.told("ShopifyUpdateFailed")
        assert failed.reason_code == "update_refused"
