"""Linked variants that no longer exist in Shopify: the link goes, its orders wait for another one.

Noticed when Shopify refuses an order for it, and by asking for every linked variant now and then
(Admin GraphQL 2026-10: nodes, which sees a deletion at once).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from connections.shop_book import ShopBook
from eventstore.journal import Cause, Journal
from eventstore.tail import stream_pages
from eventstore.wakeups import Wakeup
from lifecycle import link as links_of
from lifecycle import order as orders_of
from mapper.decisions import SOURCE
from ordersync_contracts import events
from ordersync_contracts.events import Event, ProductLinked
from ordersync_contracts.streams import link_stream, order_of
from shopify.answers import Done
from shopify.calls import Calls
from shopify.variants import read_variants_by_ids

log = structlog.get_logger()
IDS_A_CALL: Final = 250
"""As many ids as one ``nodes`` query takes."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """Takes back links to variants that are gone."""

    journal: Journal
    book: ShopBook
    shopify: Calls

    async def on_records(self, wakeups: Iterable[Wakeup]) -> None:
        """Orders that Shopify refused for a deleted variant: find out which one it was."""
        streams = {wakeup.stream for wakeup in wakeups if _is_for_a_deleted_variant(wakeup.event)}
        if streams:
            histories = await self.journal.store.read_many(streams)
            drafted = {
                link_stream(order_of(stream)[0], line.sku_id)
                for stream, history in histories.items()
                if (draft := orders_of.fold(history).draft) is not None
                for line in draft.event.lines
            }
            await self._check(drafted)

    async def repeat(self, every_s: float) -> None:
        """For ever: every link of every connected shop, as often as this."""
        while True:
            await asyncio.sleep(every_s)
            await self.check_all()

    async def check_all(self) -> int:
        """Take back every link whose variant is gone; how many there were."""
        pages = stream_pages(self.journal.store, "link")
        return sum([await self._check(links) async for links in pages])

    async def _check(self, link_streams: Iterable[str]) -> int:
        """Take back those of these links whose variant is gone; how many there were.

        A store that does not answer proves nothing, and its links stay.
        """
        links = await self._links_in_use(link_streams)
        gone = [
            link
            for store in sorted({link.store for link in links})
            for link in await self._gone([link for link in links if link.store == store])
        ]
        if gone:
            await self._take_back(gone)
        return len(gone)

    async def _links_in_use(self, link_streams: Iterable[str]) -> list[ProductLinked]:
        """The links that hold, into the store that their shop is connected to now."""
        histories = await self.journal.store.read_many(list(link_streams))
        links = [link for link in map(links_of.linked, histories.values()) if link is not None]
        stores = {shop.shop_id: shop.store for shop in await self.book.all()}
        return [link for link in links if stores.get(link.shop_id) == link.store]

    async def _gone(self, links: Sequence[ProductLinked]) -> list[ProductLinked]:
        ids = sorted({link.variant_id for link in links})
        deleted: set[str] = set()
        for start in range(0, len(ids), IDS_A_CALL):
            asked = ids[start : start + IDS_A_CALL]
            answer = await self.shopify.execute(links[0].store, "variants_by_ids", {"ids": asked})
            if isinstance(answer, Done):
                found = read_variants_by_ids(answer.data, asked)
                deleted |= {gid for gid, variant in found.items() if variant is None}
        return [link for link in links if link.variant_id in deleted]

    async def _take_back(self, gone: Sequence[ProductLinked]) -> None:
        by_stream = {link_stream(link.shop_id, link.sku_id): link for link in gone}

        async def decide(
            links: Mapping[str, ProductLinked | None],
        ) -> Mapping[str, Sequence[Event]]:
            return {
                stream: (_unlinked(by_stream[stream]),)
                for stream, link in links.items()
                if link == by_stream[stream]
            }

        causes = [Cause(stream, f"deleted:{link.variant_id}") for stream, link in by_stream.items()]
        await self.journal.decide_many(causes, links_of.linked, decide)
        log.info("variants.deleted", links=len(gone))


def _unlinked(link: ProductLinked) -> events.ProductUnlinked:
    return events.ProductUnlinked(
        shop_id=link.shop_id, sku_id=link.sku_id, unlinked_by=SOURCE, reason="variant_deleted"
    )


def _is_for_a_deleted_variant(event: Event) -> bool:
    return isinstance(event, events.ShopifyOrderFailed) and event.reason_code == "variant_deleted"
