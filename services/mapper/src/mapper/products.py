"""The products of each store, read beside the batches: one store at a time in a process's hand.

A store that does not answer, or answers in a shape nobody knows, fails alone: it is tried again
after growing waits, and says so (metric ``mapper_stores_not_read``, log ``products.not_read``).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeGuard

import structlog
from prometheus_client import Gauge

from connections.budgeted import BudgetedShopify
from connections.shop_book import ShopBook
from eventstore.store import EventStore
from eventstore.tail import stream_pages
from eventstore.wakeups import Wakeup
from jobs.budget_queue import NotNow
from lifecycle import order as orders_of
from lifecycle.link import Link
from mapper.link_checks import LinkChecks, StoreSilent
from mapper.link_domain import SkuCheck
from mapper.tables.catalogues import Catalogues, Turn
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import link_stream, order_of
from runtime.apart import apart
from runtime.backoff import Backoff
from runtime.kafka import is_infrastructure
from runtime.randomness import Chance
from runtime.turns import is_set_within
from shopify.answers import Answer, Done, Throttled, Unclear, Unreachable
from shopify.variants import read_variants

log = structlog.get_logger()
AT_THE_SAME_TIME: Final = 4
"""Stores that a process works on at once: one that takes its time holds up no other."""
DOCUMENT: Final = "variants_page"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Whatever an order names a SKU by is newer than a link that rests on no order."""


@dataclass(frozen=True, slots=True)
class Products:
    """Takes stores' turns: looks at the links that were asked for, reads products where needed.

    ``fresh_for_s``: so old what was read of a store may be for a link to rest on it.
    """

    store: EventStore
    book: ShopBook
    shopify: BudgetedShopify
    catalogues: Catalogues
    checks: LinkChecks
    waits: Backoff
    fresh_for_s: float
    chance: Chance
    not_read: Gauge
    _asked: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _failing: set[str] = field(default_factory=set, init=False)

    def asked(self) -> None:
        """There is something to look up."""
        self._asked.set()

    async def work(self, look_again_s: float) -> None:
        """For ever: the next turn of whatever store has one, some at the same time.

        A turn that nothing told of is looked for so often.
        """
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_THE_SAME_TIME):
                tasks.create_task(self._work(look_again_s))

    async def _work(self, look_again_s: float) -> None:
        while True:
            if not await self.take_turn():
                self._asked.clear()
                await is_set_within(self._asked, look_again_s)

    async def round(self) -> None:
        """Every turn that is due now."""
        while await self.take_turn():
            pass

    async def take_turn(self) -> bool:
        """One store's turn: the next SKUs, or the next page; whether a store had one."""
        turn = await self.catalogues.claim(self.fresh_for_s)
        if turn is None:
            return False
        try:
            await self._use(turn)
        except NotNow as full:
            await self.catalogues.end(turn, full.wait_s)
        except Exception as error:
            if is_infrastructure(error):
                raise
            await self._failed(turn, error)
        return True

    async def _use(self, turn: Turn) -> None:
        if await self.checks.work_off(turn):
            await self.catalogues.end(turn)
        else:
            await self._read_page(turn)

    async def _read_page(self, turn: Turn) -> None:
        turn = turn if turn.cursor is not None else await self.catalogues.begin(turn)
        async with self.shopify.admitted(turn.store, "bulk", [DOCUMENT]):
            answer = await self.shopify.execute(
                turn.store, DOCUMENT, {"after": turn.cursor or None}
            )
        if not isinstance(answer, Done):
            raise StoreSilent(answer)
        page = read_variants(answer.data)
        variants = {variant.id: variant.sku for variant in page.nodes if variant.sku}
        await self.catalogues.keep_page(turn, variants, page.page_info.next_cursor)
        self._is_read(turn.store)

    def _is_read(self, store: str) -> None:
        self._failing.discard(store)
        self.not_read.set(len(self._failing))

    async def _failed(self, turn: Turn, error: Exception) -> None:
        """This store, and nothing else, is tried again later."""
        self._failing.add(turn.store)
        self.not_read.set(len(self._failing))
        answer = error.answer if isinstance(error, StoreSilent) else None
        if answer is not None:
            log.warning("products.not_read", store=turn.store, answer=type(answer).__name__)
        else:
            log.error("products.not_read", store=turn.store, exc_info=error)
        wait_s = max(_asked_to_wait(answer), self.waits.delay(turn.failures + 1, self.chance))
        checks = await self.catalogues.checks.to_check(turn.store, 1)
        if checks:
            await self.catalogues.end(turn, wait_s, failed=True)
        else:
            await self.catalogues.not_read(turn, wait_s, anew=not _passes(answer))

    async def on_records(self, wakeups: Iterable[Wakeup]) -> None:
        """Have links looked at: those that somebody else made, and those of orders that Shopify
        refused for a deleted variant."""
        woken = list(wakeups)
        for changed in dict.fromkeys(w.event for w in woken if _is_changed(w.event)):
            await self.catalogues.checks.products_changed(changed.store, deleted=changed.deleted)
            self.asked()
        told = {wakeup.stream for wakeup in woken if _is_told(wakeup.event)}
        refused = {wakeup.stream for wakeup in woken if _is_for_a_deleted_variant(wakeup.event)}
        if told:
            await self._check(sorted(told), seen_too=False)
        if refused:
            await self._check(sorted(_drafted(await self.store.read_many(refused))))

    async def check_all(self) -> int:
        """Have every link of every connected shop looked at; how many there are."""
        found = 0
        async for streams in stream_pages(self.store, "link"):
            found += sum(await apart(streams, self._check, _not_read))
        return found

    async def _check(self, link_streams: Sequence[str], *, seen_too: bool = True) -> int:
        links = (await self.checks.links.read(link_streams)).values()
        stores = {shop.shop_id: shop.store for shop in await self.book.all()}
        checks = [
            check
            for link in links
            if (check := _to_check(link)) and stores.get(check.shop_id) == check.store
        ]
        if checks:
            await self.catalogues.checks.check_again(checks, seen_too=seen_too)
            self.asked()
        return len(checks)


async def _not_read(stream: str, error: Exception) -> None:
    log.error("link.not_read", stream=stream, exc_info=error)


def _to_check(link: Link) -> SkuCheck | None:
    linked = link.linked
    if linked is None:
        return None
    named_at = linked.named_at or _LONG_AGO
    return SkuCheck(
        linked.shop_id,
        linked.sku_id,
        linked.store,
        linked.seller_sku,
        named_at,
        variant_id=linked.variant_id,
    )


def _drafted(histories: Mapping[str, Sequence[Recorded]]) -> set[str]:
    """The links of what these orders were drafted with."""
    return {
        link_stream(order_of(stream)[0], line.sku_id)
        for stream, history in histories.items()
        if (draft := orders_of.fold(history).draft) is not None
        for line in draft.event.lines
    }


def _is_changed(event: events.Event) -> TypeGuard[events.ProductsChanged]:
    return isinstance(event, events.ProductsChanged)


def _is_told(event: events.Event) -> bool:
    """Whether somebody else says which variant a SKU is: whether it is there is not known here."""
    return isinstance(event, events.ProductLinked) and event.linked_by != "same_sku"


def _is_for_a_deleted_variant(event: events.Event) -> bool:
    return isinstance(event, events.ShopifyOrderFailed) and event.reason_code == "variant_deleted"


def _asked_to_wait(answer: Answer | None) -> float:
    return answer.retry_after_s if isinstance(answer, Throttled) else 0.0


def _passes(answer: Answer | None) -> bool:
    """Whether the same page may be asked for again; else the reading begins anew."""
    return isinstance(answer, Throttled | Unclear | Unreachable)
