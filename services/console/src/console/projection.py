"""Keeps the rows up to date with the store of events, by position.

A row is the fold of its order's whole stream, so a page of events costs a constant number of
statements: the page, the streams it names, the rows with the position. How far a shop is fetched
is added up from the page alone. A stream that cannot be shown is noted and stops no other.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import structlog

from console.reading import readable, trouble_of
from console.rows import Changes, OrderRow, Rows, RowsRefused, ShopFetched, Sku, Unshown
from eventstore.store import EventStore
from lifecycle import link
from lifecycle.order import Order, fold
from lifecycle.status import Status, view
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event, HistoryFetched, OrderLine, OrdersReconciled
from ordersync_contracts.money import ZERO
from ordersync_contracts.streams import category, link_stream, reconciliation_stream

log = structlog.get_logger()
PAGE: Final = 500
_TRIES: Final = 10
"""Rows are moved on meanwhile; then what was read for them may be older than they are."""
_OPEN: Final = frozenset({Status.NOT_SYNCED, Status.SYNCING, Status.SYNC_FAILED})


async def step(store: EventStore, rows: Rows, page: int = PAGE) -> int:
    """Apply the next page of events; how many there were. 0: the rows are up to date."""
    before = await rows.position()
    history = await store.read_after(before, page)
    if not history:
        return 0
    changes = await _changes(store, {recorded.stream for recorded in history})
    fetched = _fetched(recorded.event for recorded in readable(history))
    await _apply(rows, replace(changes, fetched=fetched), before, history[-1].position)
    return len(history)


async def try_again(store: EventStore, rows: Rows) -> int:
    """Make the rows of what could not be shown once more; how many still cannot be."""
    bad = [unshown.stream for unshown in await rows.unshown()]
    for start in range(0, len(bad), PAGE):
        for _ in range(_TRIES):
            at = await rows.position()
            changes = await _changes(store, bad[start : start + PAGE])
            if await _apply(rows, changes, at, at):
                break
    return len(await rows.unshown())


async def _apply(rows: Rows, changes: Changes, before: int, after: int) -> bool:
    """See ``Rows.apply``; rows that cannot be written are noted, and hold up no others."""
    try:
        return await rows.apply(changes, before=before, after=after)
    except RowsRefused:
        alone = [await _written_alone(rows, s, one, before) for s, one in _apart(changes)]
        bad = {unshown.stream: unshown for unshown in (*changes.unshown, *alone) if unshown}
        return await rows.apply(Changes(unshown=tuple(bad.values())), before=before, after=after)


async def _written_alone(rows: Rows, stream: str, one: Changes, at: int) -> Unshown | None:
    try:
        await rows.apply(one, before=at, after=at)
    except RowsRefused as error:
        return _noted(stream, error)
    return None


def _apart(changes: Changes) -> Iterator[tuple[str, Changes]]:
    """Row by row, each with the stream that it is about."""
    for order in changes.orders:
        yield order.stream, Changes(orders=(order,))
    for sku in changes.skus:
        yield link_stream(sku.shop_id, sku.sku_id), Changes(skus=(sku,))
    for of_link in changes.links:
        yield link_stream(of_link.shop_id, of_link.sku_id), Changes(links=(of_link,))
    for shop in changes.fetched:
        yield reconciliation_stream(shop.shop_id), Changes(fetched=(shop,))


def _noted(stream: str, error: Exception) -> Unshown:
    what = str(error) if isinstance(error, RowsRefused) else type(error).__name__
    log.error("row.not_shown", stream=stream, error=what, exc_info=error)
    return Unshown(stream, what)


async def catch_up(store: EventStore, rows: Rows, pages: int = 1_000_000) -> int:
    """Apply what there is, at most ``pages`` pages; how many events the rows are behind after."""
    for _ in range(pages):
        if not await step(store, rows):
            return 0
    return await store.head() - await rows.position()


async def follow(store: EventStore, rows: Rows, poll_s: float) -> None:
    """Keep the rows up to date for ever; looking again after ``poll_s`` at the latest."""
    while True:
        if not await step(store, rows):
            await store.wait(poll_s)


def order_row(order: Order) -> OrderRow | None:
    """The order's row; None as long as TikTok's order itself is not known.

    Of an order that could not be recorded yet the row says no more than why.
    """
    if order.snapshot is None:
        return _unrecorded_row(order)
    snapshot = order.snapshot.event
    created = order.created.event if order.created else None
    seen = view(order)
    lines = tuple(line for line in snapshot.lines if not line.is_cancelled)
    return OrderRow(
        shop_id=snapshot.shop_id,
        order_id=snapshot.order_id,
        placed_at=snapshot.created_at,
        items=len(lines) or len(snapshot.lines),
        total=snapshot.payment.total,
        currency=snapshot.payment.currency,
        tiktok_status=snapshot.status,
        status=seen.status,
        reason_code=seen.reason_code,
        next_attempt_at=seen.next_attempt_at,
        remark=seen.remark,
        may_sync=seen.may_sync,
        delivery=seen.delivery,
        store=created.store if created else "",
        shopify_order_id=seen.shopify_order_id,
        shopify_name=created.name if created else "",
        is_gift=any(line.is_gift for line in lines),
        is_sample=snapshot.is_sample,
        open_sku_ids=_open_sku_ids(order, lines) if seen.status in _OPEN else (),
        ship_by=snapshot.ship_by,
    )


def _unrecorded_row(order: Order) -> OrderRow | None:
    if order.set_aside is None:
        return None
    aside, seen = order.set_aside.event, view(order)
    return OrderRow(
        shop_id=aside.shop_id,
        order_id=aside.order_id,
        placed_at=aside.placed_at,
        items=0,
        total=ZERO,
        currency="USD",
        tiktok_status=aside.status,
        status=seen.status,
        reason_code=seen.reason_code,
        may_sync=seen.may_sync,
    )


def _open_sku_ids(order: Order, lines: Iterable[OrderLine]) -> tuple[str, ...]:
    """Those of its units, and of the parts of bundles that it is blocked for."""
    blocked = order.blocked.event.sku_ids if order.blocked is not None else ()
    return tuple(sorted({*blocked, *(line.sku_id for line in lines)} - {""}))


async def _changes(store: EventStore, streams: Collection[str]) -> Changes:
    wanted = [stream for stream in streams if category(stream) in {"order", "link"}]
    histories = await store.read_many(wanted)
    made = Changes()
    orders: list[Order] = []
    unshown: list[Unshown] = []
    for stream, history in histories.items():
        kept = readable(history)
        try:
            made = _with(made, stream, kept, orders)
            unshown += [_lacking(stream, history)] if len(kept) < len(history) else []
        except UNREADABLE as error:
            unshown.append(_noted(stream, error))
    return replace(made, skus=tuple(_skus(orders)), unshown=tuple(unshown))


def _lacking(stream: str, history: Iterable[Recorded]) -> Unshown:
    """Its row lacks what some event says: made anew when that can be read."""
    found = (type(trouble).__name__ for trouble in map(trouble_of, history) if trouble)
    return Unshown(stream, ", ".join(sorted(set(found))))


def _with(made: Changes, stream: str, history: Sequence[Recorded], orders: list[Order]) -> Changes:
    """And what can be read of this stream; its order, if it is one, is added to ``orders``."""
    if category(stream) == "link":
        return replace(made, links=(*made.links, _link(stream, history)))
    order = fold(history)
    row = order_row(order)
    orders.append(order)
    return replace(made, orders=(*made.orders, row)) if row is not None else made


def _fetched(page: Iterable[Event]) -> tuple[ShopFetched, ...]:
    """What a page says of each shop, added up: their streams grow too long to be read anew."""
    found: dict[str, ShopFetched] = {}
    for event in page:
        match event:
            case OrdersReconciled():
                shop = ShopFetched(event.shop_id, event.window_begins_at, event.complete_until)
            case HistoryFetched():
                shop = ShopFetched(event.shop_id, read_back_to=event.window_begins_at)
            case _:
                continue
        found[shop.shop_id] = found.get(shop.shop_id, shop).then(shop)
    return tuple(found.values())


def _skus(orders: Iterable[Order]) -> Iterable[Sku]:
    """Each SKU once, as its newest order names it."""
    named = {}
    snapshots = [order.snapshot.event for order in orders if order.snapshot]
    for snapshot in sorted(snapshots, key=lambda fetched: fetched.updated_at):
        for sku in (sku for line in snapshot.lines for sku in _named(snapshot.shop_id, line)):
            if sku.product_name or (sku.shop_id, sku.sku_id) not in named:
                named[sku.shop_id, sku.sku_id] = sku
    return [sku for sku in named.values() if sku.sku_id]


def _named(shop_id: str, line: OrderLine) -> Iterator[Sku]:
    """The parts of a bundle, which TikTok gives no name, and the line itself."""
    for part in line.parts:
        yield Sku(shop_id, part.sku_id, seller_sku=part.seller_sku)
    yield Sku(
        shop_id,
        line.sku_id,
        seller_sku=line.seller_sku,
        product_name=line.product_name,
        sku_name=line.sku_name,
    )


def _link(stream: str, history: Iterable[Recorded]) -> Sku:
    _, shop_id, sku_id = stream.split("-", 2)
    there = link.linked(history)
    return Sku(
        shop_id=shop_id,
        sku_id=sku_id,
        variant_id=there.variant_id if there else None,
        store=there.store if there else "",
        linked_by=(there.person or there.linked_by) if there else "",
    )
