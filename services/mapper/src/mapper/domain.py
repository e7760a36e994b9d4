"""What the mapper decides: eligible or not; if wanted, a draft or what blocks it.

Pure. The order is folded from its stream; what is known elsewhere (the shop, the links) comes in
``Context``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from lifecycle.order import At, Order
from lifecycle.shop import Shop
from mapping.draft import UNLINKED, Source, translate
from mapping.eligibility import Ineligible, assess
from ordersync_contracts import events
from ordersync_contracts.events import Event, OrderBlocked, ShopifyOrderDraft

SAYS: Final = frozenset(
    event.type_name()
    for event in events.ALL
    if issubclass(event, events.OrderEvent) and "mapper" in event.PRODUCERS
)
"""What the mapper says of orders, by name."""
HISTORY_AFTER: Final = timedelta(days=1)
"""An order that TikTok changed longer ago than this when we read it is no new order."""


@dataclass(frozen=True, slots=True)
class Context:
    """What else the decision rests on: the shop, and the variants its SKUs are linked to.

    ``in_bulk``: a sweep or a replay asks, on many orders at once. ``sought``: SKUs without a
    variant that may get one by themselves, as soon as the store's products were looked through.
    """

    shop: Shop
    links: Mapping[str, str]
    in_bulk: bool
    sought: frozenset[str] = frozenset()


def decide(order: Order, context: Context) -> tuple[Event, ...]:
    """The events that bring the order up to date with its snapshot, its links and its settings.

    Nothing while a request has no outcome, nothing while the order stands in Shopify.
    """
    if order.snapshot is None or order.is_in_flight or order.stands:
        return ()
    ineligible = assess(order.snapshot.event, context.shop)
    if ineligible is not None:
        return _refuse(order, order.snapshot, ineligible)
    return (*_eligible(order), *_draft(order, context))


def is_answered(names: Sequence[str], version: int) -> bool:
    """Whether the names of a stream's events show that the mapper has decided since this version.

    Or that it need not: the order stands in Shopify, or a request has no outcome yet, which wakes
    it again.
    """
    has_decided = any(name in SAYS for name in names[version:])
    ends = _last(names, "ShopifyOrderCreated", "ShopifyOrderFailed")
    is_in_flight = _last(names, "ShopifyOrderRequested") > ends
    return (
        has_decided
        or is_in_flight
        or _last(names, "ShopifyOrderCreated") > _last(names, "ShopifyOrderRemoved")
    )


def _last(names: Sequence[str], *wanted: str) -> int:
    return max((n for n, name in enumerate(names, start=1) if name in wanted), default=0)


def _refuse(
    order: Order, snapshot: At[events.OrderFetched], verdict: Ineligible
) -> tuple[Event, ...]:
    refusal = events.OrderIneligible(
        shop_id=snapshot.event.shop_id,
        order_id=snapshot.event.order_id,
        snapshot_version=snapshot.version,
        reason_code=verdict.reason_code,
        detail=verdict.detail,
        changes_when=verdict.changes_when,
        changes_at=verdict.changes_at,
    )
    if _says_the_same(order, refusal) and not is_unanswered(order):
        return ()
    return (refusal,)


def _says_the_same(order: Order, refusal: events.OrderIneligible) -> bool:
    if order.eligibility is None:
        return False
    same_snapshot = {"snapshot_version": refusal.snapshot_version}
    return order.eligibility.event.model_copy(update=same_snapshot) == refusal


def _eligible(order: Order) -> tuple[Event, ...]:
    if order.snapshot is None or (order.eligibility is not None and not order.is_ineligible):
        return ()
    snapshot = order.snapshot
    return (
        events.OrderEligible(
            shop_id=snapshot.event.shop_id,
            order_id=snapshot.event.order_id,
            snapshot_version=snapshot.version,
        ),
    )


def _draft(order: Order, context: Context) -> tuple[Event, ...]:
    if order.snapshot is None:
        return ()
    if not context.shop.is_connected:
        return _answer_disconnected(order, context.shop)
    if not is_wanted(order, context.shop):
        return _withdraw(order)
    match _translated(order.snapshot, context):
        case OrderBlocked() as block:
            return _block(order, block)
        case draft:
            return _replace(order, draft, context)


def _translated(
    snapshot: At[events.OrderFetched], context: Context
) -> ShopifyOrderDraft | OrderBlocked:
    """The draft, what blocks it, or that its variants are being looked for."""
    source = Source(snapshot.event, snapshot.version, context.shop, context.links)
    made = translate(source)
    is_translated = isinstance(made, ShopifyOrderDraft) or made.reason_code in UNLINKED
    return _sought(source, context.sought) if context.sought and is_translated else made


def _sought(source: Source, sought: frozenset[str]) -> OrderBlocked:
    """It waits for its variants to be found; meanwhile it is no order with custom items either."""
    return OrderBlocked(
        shop_id=source.order.shop_id,
        order_id=source.order.order_id,
        snapshot_version=source.snapshot_version,
        settings_version=source.shop.settings_version,
        reason_code="reading_products",
        sku_ids=tuple(sorted(sought)),
    )


def _answer_disconnected(order: Order, shop: Shop) -> tuple[Event, ...]:
    """Nothing is drafted and nothing withdrawn; a person who asks is told why."""
    if order.snapshot is None or not _waits_for_answer(order):
        return ()
    return (
        OrderBlocked(
            shop_id=order.snapshot.event.shop_id,
            order_id=order.snapshot.event.order_id,
            snapshot_version=order.snapshot.version,
            settings_version=shop.settings_version,
            reason_code="shop_disconnected",
        ),
    )


def is_wanted(order: Order, shop: Shop) -> bool:
    """Whether a person asked for it, or automatic sync takes it.

    Automatic sync never creates again what was deleted in Shopify.
    """
    return order.asked_version > 0 or (shop.settings.automatic_sync and order.removed is None)


def is_unanswered(order: Order) -> bool:
    """Whether a person asked and no draft, block or refusal has answered yet."""
    answers = (order.draft, order.blocked, order.refused)
    answered = max((answer.version for answer in answers if answer is not None), default=0)
    return order.asked_version > answered


def _waits_for_answer(order: Order) -> bool:
    """As ``is_unanswered``, but a draft that is on its way is the answer."""
    return is_unanswered(order) and (order.live_draft is None or _has_failed(order))


def _withdraw(order: Order) -> tuple[Event, ...]:
    draft = order.live_draft
    if draft is None or (order.requested is not None and order.requested.version > draft.version):
        return ()
    return (
        events.ShopifyOrderDraftWithdrawn(
            shop_id=draft.event.shop_id,
            order_id=draft.event.order_id,
            draft_version=draft.version,
            reason_code="automatic_sync_off",
        ),
    )


def _block(order: Order, block: OrderBlocked) -> tuple[Event, ...]:
    if order.blocked is not None and order.live_draft is None and not is_unanswered(order):
        provenance = {
            "snapshot_version": block.snapshot_version,
            "settings_version": block.settings_version,
        }
        if order.blocked.event.model_copy(update=provenance) == block:
            return ()
    return (block,)


def _replace(order: Order, draft: ShopifyOrderDraft, context: Context) -> tuple[Event, ...]:
    live = order.live_draft
    is_retry = _waits_for_answer(order)
    if live is not None and live.event.creates_the_same_as(draft) and not is_retry:
        return ()
    replaces = live.version if live is not None else None
    return (draft.model_copy(update={"replaces": replaces, "lane": lane(order, context)}),)


def _has_failed(order: Order) -> bool:
    live = order.live_draft
    if live is None or order.failed is None:
        return False
    return order.failed.event.draft_version == live.version


def lane(order: Order, context: Context) -> Literal["live", "bulk"]:
    """Bulk when many go at once, so that a new order never waits behind them."""
    if order.asked_version and order.asked is not None:
        return "live" if order.asked.event.mode == "manual" else "bulk"
    return "bulk" if context.in_bulk or _is_history(order) else "live"


def _is_history(order: Order) -> bool:
    """Whether we read it long after it last changed: a backfill brings such orders by thousands.

    So do an outage and a shop's first days; nobody waits for those by the second either.
    """
    snapshot = order.snapshot
    if snapshot is None:
        return False
    return snapshot.event.asked_at - snapshot.event.updated_at > HISTORY_AFTER
