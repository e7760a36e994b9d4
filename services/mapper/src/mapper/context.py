"""What a batch of decisions rests on, gathered in a constant number of statements, none a call."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from eventstore.folded import FoldedStreams
from lifecycle.link import Link, seller_skus, variants
from lifecycle.order import Order
from lifecycle.shop import Shop
from mapper.domain import Context
from mapper.link_domain import SkuCheck, SkuKey
from mapper.tables.sku_checks import SkuChecks
from ordersync_contracts.events import OrderFetched
from ordersync_contracts.streams import link_stream, order_of, shop_stream

_NOTHING: Final[Mapping[SkuKey, bool]] = {}


@dataclass(frozen=True, slots=True)
class Contexts:
    """Reads shops and links for many orders at once; has SKUs looked up that may link themselves.

    ``again_after_s``: a SKU that was looked up is looked up again after so long at the earliest.
    ``asked`` is told that there is something to look up.
    """

    shops: FoldedStreams[Shop]
    links: FoldedStreams[Link]
    checks: SkuChecks
    again_after_s: float
    asked: Callable[[], None]

    async def of(self, orders: Mapping[str, Order], *, in_bulk: bool = False) -> dict[str, Context]:
        """The context of each order, by stream."""
        shops, links = await self._read(orders)
        checks = [
            check
            for stream, order in orders.items()
            for check in _to_look_up(_snapshot(order), shops[order_of(stream)[0]], links)
        ]
        looking = await self._ask(checks) if checks else _NOTHING
        return {
            stream: _context(order, shops[order_of(stream)[0]], links, looking, in_bulk=in_bulk)
            for stream, order in orders.items()
        }

    async def _read(
        self, orders: Mapping[str, Order]
    ) -> tuple[dict[str, Shop], dict[SkuKey, Link]]:
        shop_ids = {order_of(stream)[0] for stream in orders}
        wanted = {
            (order_of(stream)[0], sku_id)
            for stream, order in orders.items()
            for sku_id in _seller_skus(order)
        }
        of_shops, of_links = await asyncio.gather(  # one query
            self.shops.read({shop_stream(shop_id) for shop_id in shop_ids}),
            self.links.read({link_stream(*key) for key in wanted}),
        )
        shops = {shop_id: of_shops[shop_stream(shop_id)] for shop_id in shop_ids}
        return shops, {key: of_links[link_stream(*key)] for key in wanted}

    async def _ask(self, checks: Sequence[SkuCheck]) -> Mapping[SkuKey, bool]:
        looking = await self.checks.ask(checks, self.again_after_s)
        if looking:
            self.asked()
        return looking


def _snapshot(order: Order) -> OrderFetched | None:
    """What the order's links matter for; None when nothing is drafted of it any more."""
    return None if order.snapshot is None or order.stands else order.snapshot.event


def _seller_skus(order: Order) -> Mapping[str, frozenset[str]]:
    snapshot = _snapshot(order)
    return seller_skus(snapshot) if snapshot is not None else {}


def _to_look_up(
    snapshot: OrderFetched | None, shop: Shop, links: Mapping[SkuKey, Link]
) -> list[SkuCheck]:
    """The SKUs of an order that may link themselves, or whose link was made for another SKU.

    An order older than what the link was made for changes nothing about it.
    """
    if snapshot is None or shop.store is None:
        return []
    checks = []
    for sku_id, named in seller_skus(snapshot).items():
        link = links.get((shop.shop_id, sku_id), Link())
        if len(named) == 1 and _may_change(link, shop, snapshot, named):
            (seller_sku,) = named
            checks.append(
                SkuCheck(shop.shop_id, sku_id, shop.store, seller_sku, snapshot.created_at)
            )
    return checks


def _may_change(link: Link, shop: Shop, order: OrderFetched, named: frozenset[str]) -> bool:
    linked = link.linked
    if linked is None or linked.store != shop.store:
        return shop.settings.auto_link_same_sku and not link.is_refused
    named_at = linked.named_at
    return not link.holds_for(named) and (named_at is None or named_at < order.created_at)


def _context(
    order: Order,
    shop: Shop,
    links: Mapping[SkuKey, Link],
    looking: Mapping[SkuKey, bool],
    *,
    in_bulk: bool,
) -> Context:
    snapshot = _snapshot(order)
    if snapshot is None:
        return Context(shop, {}, in_bulk)
    own = {sku_id: links[shop.shop_id, sku_id] for sku_id in seller_skus(snapshot)}
    linked = variants(snapshot, own, shop.store)
    waits_always = shop.settings.unlinked_items == "custom_line"
    sought = {
        sku_id
        for sku_id in own.keys() - linked.keys()
        if (is_new := looking.get((shop.shop_id, sku_id))) is not None and (is_new or waits_always)
    }
    return Context(shop, linked, in_bulk, frozenset(sought))
