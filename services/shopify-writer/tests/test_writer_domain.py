"""Given what an order's stream and its shop say, when a job comes up, then this is done."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from lifecycle import shop as shops
from lifecycle.order import Order
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from shopify_writer import domain
from shopify_writer.domain import Attempt, Later, Nothing, Refuse, Resolve, Wait, next_step

Fold = Callable[..., Order]
Draft = Callable[..., events.ShopifyOrderDraft]
Connected = Callable[..., Sequence[Event]]
Stream = Callable[..., tuple[Recorded, ...]]
IDS = {"shop_id": "7495514739512345678", "order_id": "576461413038785752"}
STORE = "harbor-and-pine.myshopify.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(connected: Connected, stream: Stream) -> Shop:
    return shops.fold(stream(*connected()))


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


def created() -> events.ShopifyOrderCreated:
    return events.ShopifyOrderCreated(
        **IDS, outcome="created", store=STORE, shopify_order_id="gid://shopify/Order/1"
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


def test_a_draft_is_attempted(folded: Fold, shop: Shop, draft: Draft, now: datetime) -> None:
    order = folded(draft())
    assert next_step(order, shop, now) == Attempt(order.draft, 1)  # type: ignore[arg-type]  # it is there


def test_without_a_draft_there_is_nothing_to_do(folded: Fold, shop: Shop, now: datetime) -> None:
    assert next_step(folded(asked()), shop, now) == Nothing()


def test_only_the_newest_draft_is_attempted(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    step = next_step(folded(draft(), draft(replaces=1)), shop, now)
    assert isinstance(step, Attempt)
    assert step.draft.version == 2


@pytest.mark.parametrize(
    "ended_by", [withdrawn(), blocked(), ineligible()], ids=lambda event: event.type_name()
)
def test_a_withdrawn_draft_is_never_attempted(
    folded: Fold, shop: Shop, draft: Draft, now: datetime, ended_by: Event
) -> None:
    assert next_step(folded(draft(), ended_by), shop, now) == Nothing()


@pytest.mark.parametrize(
    "then",
    [(), (withdrawn(),), (ineligible(),), (asked(),)],
    ids=["alone", "withdrawn", "ineligible", "asked"],
)
def test_a_request_without_outcome_is_resolved_first_whatever_became_of_its_draft(
    folded: Fold, shop: Shop, draft: Draft, now: datetime, then: tuple[Event, ...]
) -> None:
    order = folded(draft(), requested(), *then)
    assert next_step(order, shop, now) == Resolve(order.requested)  # type: ignore[arg-type]  # it is there


def test_a_request_is_resolved_also_when_the_shop_is_gone(
    folded: Fold, draft: Draft, now: datetime
) -> None:
    assert isinstance(next_step(folded(draft(), requested()), Shop(), now), Resolve)


def test_an_order_in_shopify_is_left_alone(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    there = (draft(), requested(), created())
    assert next_step(folded(*there), shop, now) == Nothing()
    assert next_step(folded(*there, asked(), draft()), shop, now) == Nothing()


def test_an_order_deleted_in_shopify_is_attempted_with_the_draft_made_since(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    gone = (draft(), requested(), created(), removed())
    assert next_step(folded(*gone), shop, now) == Nothing()
    step = next_step(folded(*gone, asked(), draft()), shop, now)
    assert isinstance(step, Attempt)
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
def test_an_order_waits_for_its_store(
    folded: Fold,
    connected: Connected,
    stream: Stream,
    draft: Draft,
    now: datetime,
    said: list[Event],
    waits_for: str,
) -> None:
    shop = shops.fold(stream(connected()[0], *said))
    assert next_step(folded(draft()), shop, now) == Wait(waits_for)


def test_a_draft_for_another_store_is_not_attempted_in_this_one(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    elsewhere = folded(draft(store="another.myshopify.com"))
    assert next_step(elsewhere, shop, now) == Wait("shop_disconnected")


def test_a_pause_of_the_other_side_stops_nothing(
    folded: Fold, connected: Connected, stream: Stream, draft: Draft, now: datetime
) -> None:
    paused = events.ShopPaused(shop_id="1", side="tiktok", reason_code="tiktok_unavailable")
    shop = shops.fold(stream(*connected(), paused))
    assert isinstance(next_step(folded(draft()), shop, now), Attempt)


@pytest.mark.parametrize(("days", "is_refused"), [(59, False), (60, False), (61, True)])
def test_what_the_token_cannot_see_is_not_created(
    folded: Fold, shop: Shop, draft: Draft, now: datetime, days: int, is_refused: bool
) -> None:
    step = next_step(folded(draft(placed_at=now - timedelta(days=days))), shop, now)
    assert isinstance(step, Refuse) is is_refused
    if isinstance(step, Refuse):
        assert step.reason_code == "cannot_prove_absent"


def test_a_failure_in_passing_is_tried_again_when_its_time_has_come(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    transient = failed("shopify_unavailable", next_attempt_at=now)
    order = folded(draft(), requested(), transient)
    assert next_step(order, shop, now - MINUTE) == Later(now, "shopify_unavailable")
    step = next_step(order, shop, now)
    assert isinstance(step, Attempt)
    assert step.number == 2


def test_a_failure_that_needs_a_person_is_not_attempted_a_second_time(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    refused = (draft(), requested(), failed("stock_claim_failed"))
    assert next_step(folded(*refused), shop, now) == Nothing()
    assert isinstance(next_step(folded(*refused, asked(), draft()), shop, now), Attempt)


def test_a_failure_in_passing_that_lasted_too_long_waits_for_a_person(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    given_up = folded(draft(), requested(), failed("throttled", next_attempt_at=None))
    assert next_step(given_up, shop, now) == Nothing()


def test_a_failure_that_waits_for_its_cause_is_attempted_when_its_job_is_released(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    step = next_step(folded(draft(), requested(), failed("token_invalid")), shop, now)
    assert isinstance(step, Attempt)
    assert step.number == 2


def test_a_new_draft_does_not_wait_for_the_old_one_s_next_attempt(
    folded: Fold, shop: Shop, draft: Draft, now: datetime
) -> None:
    transient = failed("shopify_unavailable", next_attempt_at=now + 60 * MINUTE)
    step = next_step(folded(draft(), requested(), transient, draft(replaces=1)), shop, now)
    assert isinstance(step, Attempt)
    assert step.draft.version == 4


def test_attempts_are_counted_on_from_draft_to_draft(folded: Fold, draft: Draft) -> None:
    assert domain.attempts(folded(draft())) == 0
    assert domain.attempts(folded(draft(), requested(), failed("throttled"))) == 1
    twice = (draft(), requested(), failed("throttled"), requested(1, 2), failed("throttled", 2))
    assert domain.attempts(folded(*twice, draft(replaces=1))) == 2


def test_attempts_that_never_got_as_far_as_a_request_count_too(folded: Fold, draft: Draft) -> None:
    unread = failed("recipient_unavailable", 1)
    assert domain.attempts(folded(draft(), unread)) == 1


def test_a_person_s_sync_begins_a_new_series_when_its_draft_is_there(
    folded: Fold, draft: Draft
) -> None:
    tried = (draft(), requested(1, 3), failed("throttled", 3), asked())
    assert domain.attempts(folded(*tried)) == 3
    assert domain.attempts(folded(*tried, draft(replaces=1))) == 0


def test_a_created_order_says_what_the_requested_draft_said(folded: Fold, draft: Draft) -> None:
    order = folded(draft(), requested())
    there = domain.InShopify("gid://shopify/Order/1", "#1", left_out=("phone",))
    assert domain.created(order, requested(), there, "created") == events.ShopifyOrderCreated(
        **IDS,
        outcome="created",
        store=STORE,
        shopify_order_id="gid://shopify/Order/1",
        name="#1",
        currency="USD",
        total=draft().total,
        lines=(
            events.CreatedLine(
                line_ids=("577086512123755121",),
                variant_id="gid://shopify/ProductVariant/1",
                quantity=1,
                unit_price=draft().lines[0].unit_price,
            ),
        ),
        draft_version=1,
        left_out=("phone",),
    )


def test_an_order_found_for_an_older_draft_claims_no_lines(folded: Fold, draft: Draft) -> None:
    order = folded(draft(), requested(1), draft(replaces=1))
    there = domain.InShopify("gid://shopify/Order/1", "#1")
    found = domain.created(order, requested(1), there, "found")
    assert (found.outcome, found.total, found.lines, found.draft_version) == ("found", None, (), 1)
