"""What the shopify-writer decides about one order: attempt, resolve, wait, or nothing. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lifecycle.order import At, Order
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.reasons import STORE_WIDE, RetryPolicy, reason
from shopify_jobs.failures import Failure

SOURCE: Final = "shopify-writer"
"""The service's name in the events it appends, and its consumer group."""

CREATE_ORDER: Final = "create-order"
"""The kind of its jobs."""

TOKEN_SEES: Final = timedelta(days=60)
"""How far back an app without ``read_all_orders`` sees orders (Admin GraphQL 2026-10: orders)."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The job has no work left: created, withdrawn, or replaced by a newer draft's job."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: the reason that has to go first."""

    reason_code: str


@dataclass(frozen=True, slots=True)
class Later:
    """The last attempt on this draft failed in passing: when the next one is due, and why."""

    due_at: datetime
    reason_code: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It must not be created: the reason."""

    reason_code: str
    draft: At[events.ShopifyOrderDraft]


@dataclass(frozen=True, slots=True)
class Resolve:
    """A request went out whose outcome is unknown: find out, never repeat blindly."""

    request: At[events.ShopifyOrderRequested]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Create this draft; ``number`` counts attempts on the order from 1."""

    draft: At[events.ShopifyOrderDraft]
    number: int


Step = Nothing | Wait | Later | Refuse | Resolve | Attempt


def next_step(order: Order, shop: Shop, now: datetime) -> Step:
    """What to do for the order now. Only the newest draft that is not withdrawn is attempted.

    A request in doubt is resolved first, whatever became of its draft, once its store answers.
    """
    if order.stands:
        return Nothing()
    if order.is_in_flight and order.requested is not None:
        silent = _silent_for(order.requested.event.store, shop)
        return Wait(silent) if silent is not None else Resolve(order.requested)
    draft = order.live_draft
    if draft is None:
        return Nothing()
    return _held_back(order, draft, now) or _next_attempt(order, draft, shop, now)


def _held_back(
    order: Order, draft: At[events.ShopifyOrderDraft], now: datetime
) -> Nothing | Later | None:
    """What the draft's last failure still says; None when it may be attempted (again).

    A job that is carried out a second time, after a crash, is thereby not an attempt too many. An
    older draft's failure says nothing of this one, also where it was recorded later.
    """
    failed = order.failed
    if failed is None or failed.event.draft_version != draft.version:
        return None
    reason_code, due_at = failed.event.reason_code, failed.event.next_attempt_at
    if reason(reason_code).retry is RetryPolicy.WAITS:
        return None
    if due_at is None:
        return Nothing()
    return Later(due_at, reason_code) if due_at > now else None


def _next_attempt(
    order: Order, draft: At[events.ShopifyOrderDraft], shop: Shop, now: datetime
) -> Wait | Refuse | Attempt:
    waits_for = _waits_for(draft.event, shop)
    if waits_for is not None:
        return Wait(waits_for)
    if now - draft.event.placed_at > TOKEN_SEES:
        return Refuse("cannot_prove_absent", draft)
    return Attempt(draft, attempts(order) + 1)


def _silent_for(store: str, shop: Shop) -> str | None:
    """Why nothing can be looked up in this store; None where nothing says so.

    A store that the shop has left may answer all the same.
    """
    if not shop.is_connected:
        return "shop_disconnected"
    pause = shop.pause_of("shopify") if shop.store == store else None
    return pause if pause in STORE_WIDE else None


def _waits_for(draft: events.ShopifyOrderDraft, shop: Shop) -> str | None:
    if not shop.is_connected or shop.store != draft.store:
        return "shop_disconnected"
    pause = shop.pause_of("shopify")
    if pause is not None:
        return pause
    return None if shop.may_create else "adoption_pending"


def attempts(order: Order) -> int:
    """How many attempts the present series has had, counted from 1; 0: none yet."""
    tried = [at for at in (order.requested, order.failed) if at is not None]
    newest = max(tried, key=lambda at: at.version, default=None)
    if newest is None or newest.version <= series_since(order):
        return 0
    return newest.event.attempt


def series_since(order: Order) -> int:
    """After which version the present series of attempts began.

    A person's Sync begins one when its draft is there, and a removal in Shopify does.
    """
    removed = order.removed.version if order.removed is not None else 0
    drafted = order.draft.version if order.draft is not None else 0
    return max(removed, order.asked_version if order.asked_version < drafted else 0)


def series_of(order: Order) -> Callable[[Recorded], bool | None]:
    """Which events belong to the present series of attempts (``shopify_jobs.known.Series``).

    A wait for a cause ends it: what waited is not counted.
    """
    since = series_since(order)

    def belongs(recorded: Recorded) -> bool | None:
        event = recorded.event
        if recorded.version <= since:
            return False
        if isinstance(event, events.ShopifyOrderFailed):
            return reason(event.reason_code).retry is not RetryPolicy.WAITS
        return isinstance(event, events.ShopifyOrderRequested) or None

    return belongs


def requested(step: Attempt, key: str, digest: str) -> events.ShopifyOrderRequested:
    """The intent to record before the call."""
    draft = step.draft
    return events.ShopifyOrderRequested(
        shop_id=draft.event.shop_id,
        order_id=draft.event.order_id,
        store=draft.event.store,
        draft_version=draft.version,
        attempt=step.number,
        idempotency_key=key,
        input_digest=digest,
    )


@dataclass(frozen=True, slots=True)
class InShopify:
    """An order found or created in a store."""

    shopify_order_id: str
    name: str
    processed_at: datetime | None = None
    left_out: tuple[str, ...] = ()


def created(
    order: Order, request: events.ShopifyOrderRequested, there: InShopify, outcome: str
) -> events.ShopifyOrderCreated:
    """The order stands in Shopify, with the lines of the draft that was requested."""
    known = order.draft
    is_requested = known is not None and known.version == request.draft_version
    draft = known.event if known is not None and is_requested else None
    return events.ShopifyOrderCreated(
        shop_id=request.shop_id,
        order_id=request.order_id,
        outcome="found" if outcome == "found" else "created",
        store=request.store,
        shopify_order_id=there.shopify_order_id,
        name=there.name,
        processed_at=there.processed_at,
        currency=draft.currency if draft else "",
        total=draft.total if draft else None,
        lines=_created_lines(draft) if draft else (),
        draft_version=request.draft_version,
        left_out=there.left_out,
    )


def _created_lines(draft: events.ShopifyOrderDraft) -> tuple[events.CreatedLine, ...]:
    return tuple(
        events.CreatedLine(
            line_ids=line.line_ids,
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for line in draft.lines
    )


def failed(
    intent: events.ShopifyOrderRequested, failure: Failure, next_attempt_at: datetime | None
) -> events.ShopifyOrderFailed:
    """The attempt's outcome."""
    return events.ShopifyOrderFailed(
        shop_id=intent.shop_id,
        order_id=intent.order_id,
        store=intent.store,
        draft_version=intent.draft_version,
        attempt=intent.attempt,
        reason_code=failure.reason_code,
        shopify_code=failure.shopify_code,
        field=failure.field,
        request_id=failure.request_id,
        next_attempt_at=next_attempt_at,
    )
