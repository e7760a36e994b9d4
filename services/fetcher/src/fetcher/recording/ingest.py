"""One page of TikTok orders → vault first, then one OrderFetched per change.

An order that cannot be recorded is set aside alone (``quarantine``); the rest of its page is not
held up by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from eventstore.journal import Cause, Contention, Journal
from fetcher.domain import ended_at, fits, news
from fetcher.order_index import KnownOrder, OrderIndex
from fetcher.recording.quarantine import Quarantine
from fetcher.recording.snapshot import buyer_data, to_snapshot
from lifecycle import order as orders
from ordersync_contracts.codec import NewerVersion, UnknownEvent, UnreadableEvent
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import OrderFetched, VaultReference
from ordersync_contracts.streams import order_stream
from runtime.clock import Clock
from runtime.halving import in_halves
from runtime.keep_running import passes
from tiktok.pages import Page
from tiktok.wire.orders import Order
from tiktok.wire.values import moment
from vault.interface import Vault
from vault.values import Entry, Erased, Reference, Secret, Wanted

log = structlog.get_logger()
KnownAs = Mapping[str, tuple[str, ...] | Exception]
"""By order id: the ids of its Shopify orders, or why TikTok did not say. An order that was not
asked for is not in it."""
NOT_ASKED: Final[KnownAs] = {}
UNREADABLE: Final = (UnknownEvent, UnreadableEvent, NewerVersion)
"""What folding a stream raises that this version cannot read."""
References = dict[str, dict[str, VaultReference]]
"""By order id, then by kind."""


@dataclass(frozen=True, slots=True)
class Buyers:
    """Keeps buyers' data for ``keep_for`` after their order was completed or cancelled."""

    vault: Vault
    clock: Clock
    keep_for: timedelta = field(kw_only=True)

    async def keep(self, shop_id: str, found: Sequence[Order]) -> References:
        """What now refers to the orders' buyers, whose data is durable in the vault."""
        kept_from = self.clock() - self.keep_for
        entries = [
            entry
            for order in found
            if not _ended_before(order, kept_from)
            for entry in _entries(shop_id, order)
        ]
        answers = await self.vault.put_many(entries) if entries else ()
        hidden = await self._hidden_corrections(entries, answers)
        references: References = {}
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, Reference):
                references.setdefault(entry.order_id, {})[entry.kind] = VaultReference(
                    kind=answer.kind,
                    version=answer.version,
                    digest=answer.digest,
                    masked=answer.masked,
                    hidden_correction=hidden.get(entry.order_id, "") if answer.kept_clear else "",
                )
        return references

    async def _hidden_corrections(
        self, entries: Sequence[Entry], answers: Sequence[Reference | Erased]
    ) -> Mapping[str, str]:
        """Of orders whose clear recipient was kept although another came masked: that one's digest.

        Reads the clear ones, in one statement, and none when nothing came masked.
        """
        kept = [
            (entry, answer)
            for entry, answer in zip(entries, answers, strict=True)
            if isinstance(answer, Reference) and answer.kept_clear
        ]
        if not kept:
            return {}
        clear = await self.vault.get_many(
            [
                Wanted(entry.shop_id, entry.order_id, entry.kind, answer.version)
                for entry, answer in kept
            ]
        )
        return {
            entry.order_id: answer.offered_digest
            for (entry, answer), found in zip(kept, clear, strict=True)
            if isinstance(found, Secret) and not fits(entry.value, found.value)
        }


@dataclass(frozen=True, slots=True)
class Ingest:
    """Makes fetched orders durable. The vault comes first: an event never refers to nothing."""

    journal: Journal
    buyers: Buyers
    order_index: OrderIndex
    quarantine: Quarantine

    async def page(self, shop_id: str, page: Page[Order], known_as: KnownAs = NOT_ASKED) -> int:
        """Append what is new; returns how many orders changed. Safe to repeat.

        Raises only what concerns every order: what they are kept in is away.
        """
        for problem in page.problems:
            log.warning("order.unreadable", shop=shop_id, field=problem)
        found = [order for order in page.items if order.id]
        if len(found) < len(page.items):
            log.warning("order.without_id", shop=shop_id, count=len(page.items) - len(found))
        changed = await in_halves(
            found,
            lambda part: self._together(shop_id, part, page.sent_at, known_as),
            lambda order, error: self.quarantine.put(shop_id, order, page.sent_at, error),
            _is_no_orders,
        )
        return sum(changed)

    async def _together(
        self, shop_id: str, found: Sequence[Order], asked_at: datetime, known_as: KnownAs
    ) -> int:
        told = {order.id: _answered(known_as.get(order.id)) for order in found}
        references = await self.buyers.keep(shop_id, found)
        snapshots: dict[str, list[OrderFetched]] = {}
        for order in found:
            made = to_snapshot(shop_id, order, asked_at, references.get(order.id, {}))
            snapshot = made.model_copy(update={"known_as": told[order.id]})
            snapshots.setdefault(order_stream(shop_id, order.id), []).append(snapshot)
        return await self._append(shop_id, snapshots, references)

    async def _append(
        self, shop_id: str, snapshots: Mapping[str, list[OrderFetched]], references: References
    ) -> int:
        async def decide(
            states: Mapping[str, orders.Order],
        ) -> Mapping[str, tuple[OrderFetched, ...]]:
            return {stream: news(state, snapshots[stream]) for stream, state in states.items()}

        causes = [Cause(stream, f"fetch:{stream}") for stream in snapshots]
        decided = await self.journal.decide_many(causes, orders.fold, decide)
        newest = [
            max(told, key=lambda snapshot: (snapshot.updated_at, snapshot.asked_at))
            for told in snapshots.values()
        ]
        known = [_known(snapshot, references) for snapshot in newest]
        await self.order_index.note(shop_id, known)
        return sum(bool(order.events) for order in decided.values())

    async def not_asked_since(
        self, shop_id: str, changed_at: Mapping[str, datetime | None]
    ) -> tuple[str, ...]:
        """Those of the orders whose stored snapshot may be older than the change; None: may be.

        TikTok dates changes by whole seconds, so an answer of the same second may be without it.
        """
        by_stream = {order_stream(shop_id, order_id): order_id for order_id in changed_at}
        histories = await self.journal.store.read_many(by_stream)
        return tuple(
            order_id
            for stream, order_id in by_stream.items()
            if _may_be_older(histories[stream], changed_at[order_id])
        )


def _is_no_orders(error: Exception) -> bool:
    """What they are kept in is away. Other writers in one stream are that order's matter alone."""
    return passes(error) and not isinstance(error, Contention)


def _answered(known_as: tuple[str, ...] | Exception | None) -> tuple[str, ...] | None:
    """Without its answer an order is not recorded: it may be in Shopify already."""
    if isinstance(known_as, Exception):
        raise known_as
    return known_as


def _may_be_older(history: Sequence[Recorded], changed_at: datetime | None) -> bool:
    try:
        snapshot = orders.fold(history).snapshot
    except UNREADABLE:
        return True  # asked for, it is set aside with its reason
    if snapshot is None or changed_at is None:
        return True
    return snapshot.event.asked_at < changed_at + timedelta(seconds=1)


def _known(snapshot: OrderFetched, references: References) -> KnownOrder:
    return KnownOrder(
        snapshot.order_id,
        snapshot.created_at,
        ended_at(snapshot.status, snapshot.cancelled_at, snapshot.updated_at),
        has_buyer=snapshot.order_id in references,
        asked_at=snapshot.asked_at,
        updated_at=snapshot.updated_at,
    )


def _ended_before(order: Order, kept_from: datetime) -> bool:
    """What would have to be erased at once is not kept in the first place."""
    ended = ended_at(order.status, moment(order.cancel_time), moment(order.update_time))
    return ended is not None and ended <= kept_from


def _entries(shop_id: str, order: Order) -> list[Entry]:
    buyer = buyer_data(order)
    entries: list[Entry] = []
    if buyer.recipient is not None:
        entries.append(
            Entry(
                shop_id,
                order.id,
                "recipient",
                buyer.recipient.to_record(),
                masked=buyer.recipient.is_masked,
            )
        )
    if buyer.message is not None:
        entries.append(Entry(shop_id, order.id, "message", {"text": buyer.message}, masked=False))
    return entries
