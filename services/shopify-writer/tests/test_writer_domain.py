"""Given what an order's stream and its shop say, when a job comes up, then this is done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import NOW, ORDER_ID, SHOP_ID, STORE, connected, created, folded, stream
from tests.world.writer import a_draft

from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from shopify_writer import domain
from shopify_writer.domain import Attempt, Later, Nothing, Refuse, Resolve, Wait, next_step

IDS = {"shop_id": SHOP_ID, "order_id": ORDER_ID}
MINUTE = timedelta(minutes=1)


SHOP = shops.fold(stream(*connected()))


def requested(draft_version: int = 1, attempt: int = 1) -> events.ShopifyOrderRequested:
    return events.ShopifyOrderRequested(
        **IDS,
        store=STORE,
        draft_version=draft_version,
        attempt=attempt,
        idempotency_key="k",
        input_digest="d",
    )


def failed(reason_code: str, attempt: int = 1, **changes: Any) -> events.ShopifyOrderFailed:
    return events.ShopifyOrderFailed(
        **IDS, store=STORE, draft_version=1, attempt=attempt, reason_code=reason_code, **changes
    )


def removed() -> events.ShopifyOrderRemoved:
    return events.ShopifyOrderRemoved(
        **IDS, store=STORE, shopify_order_id="gid://shopify/Order/1", seen_by="webhook"
    )


def asked() -> events.SyncRequested:
    return events.SyncRequested(**IDS, requested_by="ana", mode="manual", request_id="form-1")


def withdrawn() -> events.ShopifyOrderDraftWithdrawn:
    return events.ShopifyOrderDraftWithdrawn(
        **IDS, draft_version=1, reason_code="automatic_sync_off"
    )


def blocked() -> events.OrderBlocked:
    return events.OrderBlocked(
        **IDS, snapshot_version=1, settings_version=1, reason_code="unlinked_sku"
    )


def ineligible() -> events.OrderIneligible:
    return events.OrderIneligible(**IDS, snapshot_version=1, reason_code="cancelled")


def attempted(*said: Event) -> Attempt:
    step = next_step(folded(*said), SHOP, NOW)
    assert isinstance(step, Attempt)
    return step


def test_a_draft_is_attempted() -> None:
    order = folded(a_draft())
    assert next_step(order, SHOP, NOW) == Attempt(order.draft, 1)  # type: ignore[arg-type]  # it is there


def test_without_a_draft_there_is_nothing_to_do() -> None:
    assert next_step(folded(asked()), SHOP, NOW) == Nothing()


def test_only_the_newest_draft_is_attempted() -> None:
    step = attempted(a_draft(), a_draft(replaces=1))
    assert step.draft.version == 2


@pytest.mark.parametrize(
    "ended_by", [withdrawn(), blocked(), ineligible()], ids=lambda event: event.type_name()
)
def test_a_withdrawn_draft_is_never_attempted(ended_by: Event) -> None:
    assert next_step(folded(a_draft(), ended_by), SHOP, NOW) == Nothing()


@pytest.mark.parametrize(
    "then",
    [(), (withdrawn(),), (ineligible(),), (asked(),)],
    ids=["alone", "withdrawn", "ineligible", "asked"],
)
def test_a_request_without_outcome_is_resolved_first_whatever_became_of_its_draft(
    then: tuple[Event, ...],
) -> None:
    order = folded(a_draft(), requested(), *then)
    assert next_step(order, SHOP, NOW) == Resolve(order.requested)  # type: ignore[arg-type]  # it is there


def test_a_request_is_resolved_when_its_store_can_answer_again() -> None:
    """It used to be looked up for ever, also where nobody could answer, and nobody was told."""
    in_flight = folded(a_draft(), requested())
    assert next_step(in_flight, Shop(), NOW) == Wait("shop_disconnected")
    ended = replace(SHOP, paused=(("shopify", "token_invalid"),))
    assert next_step(in_flight, ended, NOW) == Wait("token_invalid")


def test_a_request_is_resolved_while_its_store_answers_whatever_else_is_paused() -> None:
    in_flight = folded(a_draft(), requested())
    for paused in (("shopify", "missing_scope"), ("tiktok", "tiktok_authorization_ended")):
        assert isinstance(next_step(in_flight, replace(SHOP, paused=(paused,)), NOW), Resolve)
    elsewhere = replace(SHOP, store="other.myshopify.com", paused=(("shopify", "token_invalid"),))
    assert isinstance(next_step(in_flight, elsewhere, NOW), Resolve)


def test_an_order_in_shopify_is_left_alone() -> None:
    there = (a_draft(), requested(), created())
    assert next_step(folded(*there), SHOP, NOW) == Nothing()
    assert next_step(folded(*there, asked(), a_draft()), SHOP, NOW) == Nothing()


def test_an_order_deleted_in_shopify_is_attempted_with_the_draft_made_since() -> None:
    gone = (a_draft(), requested(), created(), removed())
    assert next_step(folded(*gone), SHOP, NOW) == Nothing()
    step = attempted(*gone, asked(), a_draft())
    assert (step.draft.version, step.number) == (6, 1)


@pytest.mark.parametrize(
    ("said", "waits_for"),
    [
        ([], "adoption_pending"),
        ([events.ShopDisconnected(shop_id="1", disconnected_by="ana")], "shop_disconnected"),
        (
            [
                events.AdoptionFinished(shop_id="1", store=STORE),
                events.ShopPaused(shop_id="1", side="shopify", reason_code="token_invalid"),
            ],
            "token_invalid",
        ),
    ],
    ids=["not adopted", "disconnected", "paused"],
)
def test_an_order_waits_for_its_store(said: list[Event], waits_for: str) -> None:
    shop = shops.fold(stream(connected()[0], *said))
    assert next_step(folded(a_draft()), shop, NOW) == Wait(waits_for)


def test_a_draft_for_another_store_is_not_attempted_in_this_one() -> None:
    elsewhere = folded(a_draft(store="another.myshopify.com"))
    assert next_step(elsewhere, SHOP, NOW) == Wait("shop_disconnected")


def test_a_pause_of_the_other_side_stops_nothing() -> None:
    paused = events.ShopPaused(shop_id="1", side="tiktok", reason_code="tiktok_scope_missing")
    shop = shops.fold(stream(*connected(), paused))
    assert isinstance(next_step(folded(a_draft()), shop, NOW), Attempt)


@pytest.mark.parametrize(("days", "is_refused"), [(59, False), (60, False), (61, True)])
def test_what_the_token_cannot_see_is_not_created(days: int, is_refused: bool) -> None:
    step = next_step(folded(a_draft(placed_at=NOW - timedelta(days=days))), SHOP, NOW)
    assert isinstance(step, Refuse) is is_refused
    if isinstance(step, Refuse):
        assert step.reason_code == "cannot_prove_absent"


def test_a_failure_in_passing_is_tried_again_when_its_time_has_come() -> None:
    transient = failed("shopify_unavailable", next_attempt_at=NOW)
    order = folded(a_draft(), requested(), transient)
    assert next_step(order, SHOP, NOW - MINUTE) == Later(NOW, "shopify_unavailable")
    step = next_step(order, SHOP, NOW)
    assert isinstance(step, Attempt)
    assert step.number == 2


def test_a_failure_that_needs_a_person_is_not_attempted_a_second_time() -> None:
    refused = (a_draft(), requested(), failed("stock_claim_failed"))
    assert next_step(folded(*refused), SHOP, NOW) == Nothing()
    assert isinstance(next_step(folded(*refused, asked(), a_draft()), SHOP, NOW), Attempt)


def test_a_failure_in_passing_that_lasted_too_long_waits_for_a_person() -> None:
    given_up = folded(a_draft(), requested(), failed("throttled", next_attempt_at=None))
    assert next_step(given_up, SHOP, NOW) == Nothing()


def test_a_failure_that_waits_for_its_cause_is_attempted_when_its_job_is_released() -> None:
    step = attempted(a_draft(), requested(), failed("token_invalid"))
    assert step.number == 2


def test_a_new_draft_does_not_wait_for_the_old_one_s_next_attempt() -> None:
    transient = failed("shopify_unavailable", next_attempt_at=NOW + 60 * MINUTE)
    step = attempted(a_draft(), requested(), transient, a_draft(replaces=1))
    assert step.draft.version == 4


@pytest.mark.parametrize("reason_code", ["stock_claim_failed", "shopify_unavailable"])
def test_a_draft_that_came_while_an_older_one_was_attempted_does_not_fail_with_it(
    reason_code: str,
) -> None:
    later = failed(reason_code, next_attempt_at=NOW + MINUTE)
    final = failed(reason_code)
    for failure in (later, final):
        said = (a_draft(), requested(), a_draft(tags=("new",)), failure)
        assert attempted(*said).draft.version == 3


def test_attempts_are_counted_on_from_draft_to_draft() -> None:
    assert domain.attempts(folded(a_draft())) == 0
    assert domain.attempts(folded(a_draft(), requested(), failed("throttled"))) == 1
    twice = (a_draft(), requested(), failed("throttled"), requested(1, 2), failed("throttled", 2))
    assert domain.attempts(folded(*twice, a_draft(replaces=1))) == 2


def test_attempts_that_never_got_as_far_as_a_request_count_too() -> None:
    unread = failed("recipient_unavailable", 1)
    assert domain.attempts(folded(a_draft(), unread)) == 1


def test_a_person_s_sync_begins_a_new_series_when_its_draft_is_there() -> None:
    tried = (a_draft(), requested(1, 3), failed("throttled", 3), asked())
    assert domain.attempts(folded(*tried)) == 3
    assert domain.attempts(folded(*tried, a_draft(replaces=1))) == 0


def test_a_created_order_says_what_the_requested_draft_said() -> None:
    order = folded(a_draft(), requested())
    there = domain.InShopify("gid://shopify/Order/1", "#1", left_out=("phone",))
    assert domain.created(order, requested(), there, "created") == events.ShopifyOrderCreated(
        **IDS,
        outcome="created",
        store=STORE,
        shopify_order_id="gid://shopify/Order/1",
        name="#1",
        currency="USD",
        total=a_draft().total,
        lines=(
            events.CreatedLine(
                line_ids=("577086512123755121",),
                variant_id="gid://shopify/ProductVariant/1",
                quantity=1,
                unit_price=a_draft().lines[0].unit_price,
            ),
        ),
        draft_version=1,
        left_out=("phone",),
    )


def test_an_order_found_for_an_older_draft_claims_no_lines() -> None:
    order = folded(a_draft(), requested(1), a_draft(replaces=1))
    there = domain.InShopify("gid://shopify/Order/1", "#1")
    found = domain.created(order, requested(1), there, "found")
    assert (found.outcome, found.total, found.lines, found.draft_version) == ("found", None, (), 1)
    assert found.currency == ""


def test_an_order_found_for_a_draft_that_the_stream_does_not_have_claims_no_lines() -> None:
    there = domain.InShopify("gid://shopify/Order/1", "#1")
    found = domain.created(folded(), requested(1), there, "found")
    assert (found.currency, found.total, found.lines, found.draft_version) == ("", None, (), 1)
