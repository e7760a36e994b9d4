"""What a batch of decisions rests on, gathered in a constant number of reads."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from connections.foldings import LINKS
from eventstore.folded import FoldedStreams
from eventstore.journal import Fact, FactTaken, Journal
from lifecycle.order import Order
from lifecycle.shop import Shop
from mapper.domain import Context
from mapper.variants import Variants
from mapping.draft import sku_ids
from ordersync_contracts import events
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_of, shop_stream


@dataclass(frozen=True, slots=True)
class _Unlinked:
    """One SKU without a link, and the seller's own SKU that might name its variant."""

    shop: Shop
    sku_id: str
    seller_sku: str


class Contexts:
    """Reads shops and links for many orders at once; links equal SKUs where the shop wants it."""

    def __init__(self, journal: Journal, shops: FoldedStreams[Shop], variants: Variants) -> None:
        self._journal = journal
        self._variants = variants
        self._shops = shops
        self._links = FoldedStreams(journal.store, LINKS)

    async def of(self, orders: Mapping[str, Order], *, in_bulk: bool = False) -> dict[str, Context]:
        """The context of each order, by stream."""
        shops, links = await self._read(orders)
        links |= await self._link_equal_skus(orders, shops, links)
        return {
            stream: _context(stream, order, shops, links, in_bulk=in_bulk)
            for stream, order in orders.items()
        }

    async def _read(
        self, orders: Mapping[str, Order]
    ) -> tuple[dict[str, Shop], dict[tuple[str, str], str]]:
        shop_ids = {order_of(stream)[0] for stream in orders}
        wanted = {
            (order_of(stream)[0], sku_id)
            for stream, order in orders.items()
            for sku_id in _skus(order)
        }
        of_shops, of_links = await asyncio.gather(  # one query
            self._shops.read({shop_stream(shop_id) for shop_id in shop_ids}),
            self._links.read({link_stream(*key) for key in wanted}),
        )
        shops = {shop_id: of_shops[shop_stream(shop_id)] for shop_id in shop_ids}
        linked = {key: of_links[link_stream(*key)] for key in wanted}
        return shops, {
            key: link.variant_id
            for key, link in linked.items()
            if link is not None and link.store == shops[key[0]].store
        }

    async def _link_equal_skus(
        self,
        orders: Mapping[str, Order],
        shops: Mapping[str, Shop],
        links: Mapping[tuple[str, str], str],
    ) -> dict[tuple[str, str], str]:
        """Link what equals exactly one variant of the store by SKU; ambiguous ones stay open."""
        unlinked = _unlinked(orders, shops, links)
        found: dict[tuple[str, str], str] = {}
        for store in {entry.shop.store for entry in unlinked if entry.shop.store}:
            of_store = [entry for entry in unlinked if entry.shop.store == store]
            by_sku = await self._variants.by_sku(store, {entry.seller_sku for entry in of_store})
            for entry in of_store:
                candidates = by_sku.get(entry.seller_sku, ())
                if len(candidates) == 1:
                    found[(entry.shop.shop_id, entry.sku_id)] = candidates[0]
        linked = (_linked(shops[shop], sku_id, found[shop, sku_id]) for shop, sku_id in found)
        with suppress(FactTaken):  # one was recorded before, told otherwise: that holds up no order
            await self._journal.facts(linked)
        return found


def _skus(order: Order) -> tuple[str, ...]:
    if order.snapshot is None or order.stands:
        return ()
    return tuple(sku for sku in sku_ids(order.snapshot.event) if sku)


def _unlinked(
    orders: Mapping[str, Order], shops: Mapping[str, Shop], links: Mapping[tuple[str, str], str]
) -> list[_Unlinked]:
    entries: dict[tuple[str, str], _Unlinked] = {}
    for stream, order in orders.items():
        shop = shops[order_of(stream)[0]]
        if not shop.settings.auto_link_same_sku or order.snapshot is None:
            continue
        missing = {sku for sku in _skus(order) if (shop.shop_id, sku) not in links}
        for line in order.snapshot.event.lines:
            if line.sku_id in missing and line.seller_sku.strip():
                key = (shop.shop_id, line.sku_id)
                entries[key] = _Unlinked(shop, line.sku_id, line.seller_sku)
    return list(entries.values())


def _linked(shop: Shop, sku_id: str, variant_id: str) -> Fact:
    linked = events.ProductLinked(
        shop_id=shop.shop_id,
        sku_id=sku_id,
        variant_id=variant_id,
        store=shop.store or "",
        linked_by="same_sku",
    )
    event_id = fact_id("same_sku", shop.shop_id, sku_id, linked.store, variant_id)
    return Fact(link_stream(shop.shop_id, sku_id), event_id, linked)


def _context(
    stream: str,
    order: Order,
    shops: Mapping[str, Shop],
    links: Mapping[tuple[str, str], str],
    *,
    in_bulk: bool,
) -> Context:
    shop_id, _ = order_of(stream)
    own: Iterable[tuple[str, str | None]] = (
        (sku_id, links.get((shop_id, sku_id))) for sku_id in _skus(order)
    )
    linked = {sku: variant for sku, variant in own if variant is not None}
    return Context(shops[shop_id], linked, in_bulk)
