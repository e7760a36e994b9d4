"""What the shopify-writer decides about one order: attempt, resolve, wait, or nothing. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from contracts import events
from lifecycle.order import At, Order
from lifecycle.shop import Shop

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


Step = Nothing | Wait | Refuse | Resolve | Attempt


def next_step(order: Order, shop: Shop, now: datetime) -> Step:
    """What to do for the order now. Only the newest draft that is not withdrawn is attempted.

    A request in doubt is resolved first, whatever became of its draft.
    """
    if order.stands:
        return Nothing()
    if order.is_in_flight and order.requested is not None:
        return Resolve(order.requested)
    draft = order.live_draft
    if draft is None:
        return Nothing()
    waits_for = _waits_for(draft.event, shop)
    if waits_for is not None:
        return Wait(waits_for)
    if now - draft.event.placed_at > TOKEN_SEES:
        return Refuse("cannot_prove_absent", draft)
    return Attempt(draft, attempts(order) + 1)


def _waits_for(draft: events.ShopifyOrderDraft, shop: Shop) -> str | None:
    if not shop.is_connected or shop.store != draft.store:
        return "shop_disconnected"
    pause = shop.pause_of("shopify")
    if pause is not None:
        return pause
    return None if shop.may_create else "adoption_pending"


def attempts(order: Order) -> int:
    """How many attempts the order has had since a person last asked or it was last removed."""
    if order.requested is None:
        return 0
    since = max(order.asked_version, order.removed.version if order.removed else 0)
    return order.requested.event.attempt if order.requested.version > since else 0


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
    order: Order,
    request: events.ShopifyOrderRequested,
    there: InShopify,
    outcome: str,
) -> events.ShopifyOrderCreated:
    """The order stands in Shopify, with the lines of the draft that was requested."""
    draft = order.draft.event if order.draft is not None else None
    if order.draft is not None and order.draft.version != request.draft_version:
        draft = None
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


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt ended without an order; Shopify's own words only as code and field."""

    reason_code: str
    shopify_code: str = ""
    field: str = ""
    request_id: str = ""


def failed(
    draft: At[events.ShopifyOrderDraft] | None,
    request: events.ShopifyOrderRequested | events.ShopifyOrderDraft,
    attempt: int,
    failure: Failure,
    next_attempt_at: datetime | None,
) -> events.ShopifyOrderFailed:
    """The attempt's outcome."""
    return events.ShopifyOrderFailed(
        shop_id=request.shop_id,
        order_id=request.order_id,
        store=request.store,
        draft_version=draft.version if draft else None,
        attempt=attempt,
        reason_code=failure.reason_code,
        shopify_code=failure.shopify_code,
        field=failure.field,
        request_id=failure.request_id,
        next_attempt_at=next_attempt_at,
    )
