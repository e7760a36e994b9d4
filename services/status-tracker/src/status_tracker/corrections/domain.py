"""What TikTok says now of an order that stands in Shopify, against what it was made from. Pure.

Mendable in Shopify: the address, the note, the tags. Anything else that changed is beyond reach and
shown to a person.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lifecycle.order import Order, Source
from mapping.draft import tags
from ordersync_contracts.events import (
    OrderFetched,
    ShopifyOrderCreated,
    ShopifyUpdateFailed,
    VaultReference,
)
from status_tracker.cancellations.domain import is_gone

Kind = Literal["address", "note", "tags"]


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing to change in Shopify. ``content`` tells it from every other value of its kind."""

    kind: Kind
    snapshot_version: int
    content: str
    reference: VaultReference | None = None
    tags: tuple[str, ...] = ()


def corrections(order: Order) -> tuple[Correction, ...]:
    """What the newest snapshot says and Shopify does not; nothing of a wholly cancelled order."""
    if order.snapshot is None or not order.stands or not _is_known(order):
        return ()
    if is_gone(order):
        return ()
    version, snapshot = order.snapshot.version, order.snapshot.event
    return tuple(
        found
        for found in (
            _personal(order, "address", snapshot.recipient, version),
            _personal(order, "note", snapshot.message, version),
            _tags(order, snapshot, version),
        )
        if found is not None
    )


def _personal(
    order: Order, kind: Kind, now: VaultReference | None, version: int
) -> Correction | None:
    """A masked value is never written over what is there."""
    if now is None or now.masked or order.erased is not None:
        return None
    written = order.update_of(kind)
    stands = {written.event.content} if written is not None else _made_with(order, kind)
    if stands == {now.digest}:
        return None
    return Correction(kind, version, now.digest, reference=now)


def _made_with(order: Order, kind: Kind) -> set[str]:
    """The digests it may have been made with; several when it is unknown which draft it was."""
    references = (_reference(source, kind) for source in order.sources)
    return {reference.digest if reference else "" for reference in references}


def _reference(source: Source, kind: Kind) -> VaultReference | None:
    made_from = source.draft or source.snapshot
    if made_from is None:
        return None
    return made_from.event.recipient if kind == "address" else made_from.event.message


def _tags(order: Order, snapshot: OrderFetched, version: int) -> Correction | None:
    """Tags are only ever added: what a person took away stays away."""
    written = order.update_of("tags")
    added = {*written.event.content.split(",")} if written is not None else set()
    there = added.union(*(_source_tags(source) for source in order.sources))
    missing = tuple(tag for tag in tags(snapshot) if tag not in there)
    if not missing:
        return None
    return Correction("tags", version, ",".join(sorted({*added, *missing})), tags=missing)


def _is_known(order: Order) -> bool:
    """Whether the stream says what the order in Shopify was made from."""
    known = [source.draft or source.snapshot for source in order.sources]
    return bool(known) and all(known)


def _source_tags(source: Source) -> tuple[str, ...]:
    if source.draft is not None:
        return source.draft.event.tags
    return tags(source.snapshot.event) if source.snapshot is not None else ()


def beyond_reach(order: Order) -> Iterator[ShopifyUpdateFailed]:
    """What changed and cannot be applied, as far as the stream does not say it yet."""
    if order.snapshot is None or order.created is None or not order.stands:
        return
    if is_gone(order):
        return
    created = order.created.event
    recipient = order.snapshot.event.recipient
    hidden = recipient.hidden_correction if recipient is not None else ""
    if hidden and not _is_shown(order, "address", hidden):
        yield _shown(created, "address", "address_changed_masked", hidden)
    changed = ",".join(_changed(order, order.snapshot.event))
    if changed and not _is_shown(order, "order", changed):
        yield _shown(created, "order", "order_changed", changed)


def _changed(order: Order, now: OrderFetched) -> Iterator[str]:
    """The fields that differ; a cancelled unit changes items and amounts, and is shown as such."""
    snapshots = [source.snapshot.event for source in order.sources if source.snapshot]
    is_part_cancelled = any(line.is_cancelled for line in now.lines)
    for field, read in _COMPARED.items():
        if is_part_cancelled and field != _TYPE:
            continue
        if any(read(before) != read(now) for before in snapshots if read(before)):
            yield field


def _items(order: OrderFetched) -> object:
    return {
        line.line_id: (line.sku_id, line.sale_price, line.platform_discount)
        for line in order.lines
        if not line.is_cancelled
    }


_TYPE: Final = "shipping_type"
_COMPARED: Final[dict[str, Callable[[OrderFetched], object]]] = {
    "line_items": _items,
    "payment.total_amount": lambda order: order.payment.total,
    _TYPE: lambda order: order.shipping_type,
}


def _is_shown(order: Order, change: str, content: str) -> bool:
    shown = order.failure_of(change)
    return shown is not None and shown.event.content == content


def _shown(
    created: ShopifyOrderCreated,
    change: Literal["address", "order"],
    reason_code: str,
    content: str,
) -> ShopifyUpdateFailed:
    return ShopifyUpdateFailed(
        shop_id=created.shop_id,
        order_id=created.order_id,
        store=created.store,
        shopify_order_id=created.shopify_order_id,
        change=change,
        reason_code=reason_code,
        field=content if change == "order" else "recipient_address",
        content=content,
    )
