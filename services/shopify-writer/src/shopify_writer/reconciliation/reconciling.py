"""One store after the other is compared with the events; what did not agree is said.

Doubles become ShopifyUpdateFailed ``doubled_in_shopify`` in their order's stream, deletions
ShopifyOrderRemoved; counts and strangers StoreReconciled in each shop's stream of proofs.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from connections.shop_book import ShopBook
from eventstore.journal import Journal
from lifecycle.order import Order
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.reasons import STORE_WIDE
from ordersync_contracts.streams import order_of, order_stream
from runtime.backoff import Backoff
from runtime.randomness import Chance
from runtime.side_by_side import side_by_side
from shopify_jobs.failures import failure
from shopify_jobs.pauses import Pauses
from shopify_writer import doubles
from shopify_writer.adoption.evidence import found
from shopify_writer.creation.outcomes import REFUSALS
from shopify_writer.cut_off import CutOff
from shopify_writer.doubles import Double
from shopify_writer.folded import folded
from shopify_writer.pages import NotRead
from shopify_writer.reconciliation.comparing import Listed, Meaning, meaning
from shopify_writer.reconciliation.finding import Finding, ReconciliationMetrics, begun
from shopify_writer.reconciliation.listing import Listing
from shopify_writer.reconciliation.proofs import append_news
from shopify_writer.reconciliation.turns import Turns
from shopify_writer.webhooks.orders import removed

log = structlog.get_logger()
LAG: Final = timedelta(minutes=10)
"""So late a search may see an order: younger ones are not missed."""
AT_ONCE: Final = 4
"""Stores compared at once, so that one that takes long holds up no other."""
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Compares each store once in ``every``; any number of processes may run it.

    A comparison that was cut off goes on after ``wait``, in the turn that was taken for it.
    """

    journal: Journal
    shops: ShopBook
    listing: Listing
    turns: Turns
    metrics: ReconciliationMetrics
    every: timedelta
    wait: Backoff
    chance: Chance
    _cut_off: CutOff[Finding] = field(default_factory=CutOff, init=False)

    async def round(self) -> None:
        """Compare every store whose turn it is; a silent one goes on in a later round."""
        usable = [shop for shop in await self.shops.all() if _is_usable(shop)]
        domains = sorted({shop.store for shop in usable if shop.store is not None})
        work = partial(self._take_turn, usable)
        await side_by_side(domains, work, _not_reconciled, asyncio.Semaphore(AT_ONCE))

    async def _take_turn(self, usable: Sequence[Shop], domain: str) -> None:
        now = self.journal.clock()
        if await self._is_due(domain, now):
            shop_ids = tuple(shop.shop_id for shop in usable if shop.store == domain)
            before = self._cut_off.find(domain)
            new = partial(begun, now, before.taken_at if before is not None else now)
            finding = self._cut_off.resume(domain, shop_ids, now, new)
            await self._attempt(domain, shop_ids, finding)

    async def _is_due(self, domain: str, now: datetime) -> bool:
        """What was cut off is ours until the turn is over; then whoever takes the next goes on."""
        finding = self._cut_off.find(domain)
        if finding is not None and now < finding.taken_at + self.every:
            return now >= finding.due_at
        if not await self.turns.take(domain, now, now - self.every):
            self._cut_off.end(domain)
            return False
        if finding is not None:
            finding.taken_at = now
        return True

    async def _attempt(self, domain: str, shop_ids: Sequence[str], finding: Finding) -> None:
        self._put_off(finding)
        try:
            await self._compare(domain, shop_ids, finding)
        except NotRead as problem:
            read = {"why": str(problem), "pages_read": finding.pages}
            log.warning("store.not_reconciled", store=domain, **read)
            await self._pause(domain, problem)
            return
        await self._say(domain, shop_ids, finding)
        self._cut_off.end(domain)

    def _put_off(self, finding: Finding) -> None:
        """When it goes on, whatever cuts it off."""
        finding.times += 1
        wait = timedelta(seconds=self.wait.delay(finding.times, self.chance))
        finding.due_at = self.journal.clock() + wait

    async def _pause(self, domain: str, problem: NotRead) -> None:
        """A store that turns every call away is paused, also while no order finds it out."""
        if problem.answer is None:
            return
        why = failure(problem.answer, REFUSALS)
        if why.reason_code in STORE_WIDE:
            for shop in await self.shops.of_store(domain):
                await Pauses(self.journal).halt(shop, domain, why, problem.document)

    async def _compare(self, domain: str, shop_ids: Sequence[str], finding: Finding) -> None:
        """From where it is to the end."""
        async for page in self.listing.orders(domain, finding):
            finding.see(page)
            listed = [
                Listed(named.order_id, order.id, order.custom_id == named.order_id)
                for order in page
                if (named := found(order)) is not None
            ]
            await self._judge(domain, shop_ids, listed, finding)
        await self._look_for_missing(domain, shop_ids, finding)

    async def _judge(
        self, domain: str, shop_ids: Sequence[str], listed: Sequence[Listed], finding: Finding
    ) -> None:
        known = await self._known(shop_ids, listed)
        for there in listed:
            stream, order = known.get(there.order_id, ("", None))
            if stream and order is None:
                continue  # nothing can be said of it; the log says why
            match meaning(there, order):
                case Meaning.STRANGER:
                    finding.strangers.add(there.gid)
                case Meaning.DOUBLED if order is not None:
                    finding.doubled += await self._doubled(domain, stream, order, there.gid)

    async def _known(
        self, shop_ids: Sequence[str], listed: Sequence[Listed]
    ) -> dict[str, tuple[str, Order | None]]:
        """By TikTok order id, the stream of the shop that has fetched it, and what it says.

        None: that cannot be read.
        """
        wanted = [order_stream(shop_id, there.order_id) for shop_id in shop_ids for there in listed]
        histories = await self.journal.store.read_many(wanted)
        return {
            order_of(stream)[1]: (stream, folded(stream, history))
            for stream, history in histories.items()
            if history
        }

    async def _doubled(self, domain: str, stream: str, order: Order, other: str) -> bool:
        """Whether it is a double indeed, and news."""
        ours = order.created.event.shopify_order_id if order.created is not None else ""
        double = Double(stream, ours, other)
        look = partial(self.listing.standing, domain)
        return bool(await doubles.say(self.journal, domain, [double], look))

    async def _look_for_missing(
        self, domain: str, shop_ids: Sequence[str], finding: Finding
    ) -> None:
        since, until = finding.window_begins_at, finding.began_at - LAG
        position = 0
        names = (events.ShopifyOrderCreated.type_name(),)
        while page := await self.journal.store.read_named(names, since, position, _PAGE):
            position = page[-1].position
            missing = {
                event.shopify_order_id: recorded.stream
                for recorded in page
                if isinstance(event := _event(recorded), events.ShopifyOrderCreated)
                and (event.store, event.shop_id in shop_ids) == (domain, True)
                and recorded.recorded_at < until
                and event.outcome != "adopted"
                and event.shopify_order_id not in finding.gids
            }
            there = await self.listing.standing(domain, sorted(missing))
            for gid in sorted(missing.keys() - there):
                finding.removed += await self._removed(domain, missing[gid], gid)

    async def _removed(self, domain: str, stream: str, gid: str) -> bool:
        shop_id, order_id = order_of(stream)
        gone = events.ShopifyOrderRemoved(
            shop_id=shop_id,
            order_id=order_id,
            store=domain,
            shopify_order_id=gid,
            seen_by="reconciliation",
        )
        try:
            return await removed(self.journal, stream, gone)
        except UNREADABLE:
            log.exception("order.not_read", stream=stream)
            return False

    async def _say(self, domain: str, shop_ids: Sequence[str], finding: Finding) -> None:
        counts = {"doubled": finding.doubled, "removed": finding.removed}
        for what, count in {**counts, "stranger": len(finding.strangers)}.items():
            self.metrics.found(what, count)
        log.info("store.reconciled", store=domain, orders=len(finding.gids), **counts)
        proofs = (
            events.StoreReconciled(
                shop_id=shop_id,
                store=domain,
                window_begins_at=finding.window_begins_at,
                window_ends_at=finding.began_at,
                orders=len(finding.gids),
                strangers=tuple(sorted(finding.strangers)),
                **counts,
            )
            for shop_id in shop_ids
        )
        await append_news(self.journal, tuple(proofs))


def _is_usable(shop: Shop) -> bool:
    return shop.may_create and shop.store is not None and shop.pause_of("shopify") is None


async def _not_reconciled(domain: str, error: Exception) -> None:
    log.error("store.not_reconciled", store=domain, exc_info=error)


def _event(recorded: Recorded) -> events.Event | None:
    try:
        return recorded.event
    except UNREADABLE:
        log.exception("event.not_read", stream=recorded.stream)
        return None
