"""Created orders are read back: is it there, does it carry its id, is its total the draft's?

In batches of up to 50 orders of one store, at the latest a few seconds after they were created.
What a writer that is killed has not read back is read back by another (``checkpoints``). An id
that is missing is written, and the order is read back again, three times at most. A store that
does not answer is asked again, with growing waits, for ever: then nothing is known of the order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import structlog

from eventstore.journal import Fact, Journal
from eventstore.telling import tell
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts import events
from ordersync_contracts.ids import outcome_id
from runtime.apart import apart
from runtime.backoff import Backoff
from runtime.randomness import Chance
from runtime.turns import is_set_within
from shopify.answers import Answer, Done, Invalid, Refused
from shopify.calls import Calls
from shopify.documents import BATCH_LIMIT
from shopify.orders import StandingOrder, read_back
from shopify_writer.creation.order_input import id_metafield

log = structlog.get_logger()
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Created:
    """One order to read back; ``total`` as the draft says, None: not known.

    ``tries``: how often it was answered of, and its id was missing or the answer not understood.
    """

    stream: str
    shop_id: str
    order_id: str
    store: str
    gid: str
    total: Decimal | None
    tries: int = 0

    def tried(self) -> "Created":
        """Once more."""
        return replace(self, tries=self.tries + 1)


@dataclass(frozen=True, slots=True)
class _Silent:
    """A store that did not answer so often in a row, and when it is asked again."""

    times: int
    until: datetime


def difference(created: Created, there: StandingOrder | None) -> str | None:
    """The reason code of what is not as it was written; None when all is well. Pure."""
    if there is None:
        return "order_removed"
    if there.custom_id != created.order_id:
        return "order_id_missing"
    if created.total is not None and there.total_price_set.shop_money.amount != created.total:
        return "total_differs"
    return None


class ReadBack:
    """Collects what was created and reads it back, ``latest_s`` seconds later at the latest.

    ``waits``: between the questions to a store that does not answer. ``before_call`` is awaited
    before each question: a round may take minutes where stores are slow.
    """

    before_call: Callable[[], Awaitable[None]] | None = None

    def __init__(
        self, journal: Journal, shopify: Calls, latest_s: float, waits: Backoff, chance: Chance
    ) -> None:
        self._journal = journal
        self._shopify = shopify
        self._latest_s = latest_s
        self._waits = waits
        self._chance = chance
        self._silent: dict[str, _Silent] = {}
        self._waiting: dict[str, list[Created]] = defaultdict(list)
        self._full = asyncio.Event()

    def note(self, created: events.ShopifyOrderCreated, stream: str) -> None:
        """Read this order back soon."""
        waiting = self._waiting[created.store]
        waiting.append(
            Created(
                stream,
                created.shop_id,
                created.order_id,
                created.store,
                created.shopify_order_id,
                created.total,
            )
        )
        if len(waiting) >= BATCH_LIMIT:
            self._full.set()

    @property
    def is_done(self) -> bool:
        """Whether nothing is waiting to be read back."""
        return not any(self._waiting.values())

    async def next_round(self) -> None:
        """Wait until a batch is full, a few seconds at most, and read back what there is."""
        await is_set_within(self._full, self._latest_s)
        self._full.clear()
        await self.round()

    async def round(self) -> None:
        """Read back what has been collected, in the stores that are not waited for."""
        for store, waiting in list(self._waiting.items()):
            while self._may_ask(store) and (batch := waiting[:BATCH_LIMIT]):
                answered = await self._read_apart(store, batch)
                del waiting[: len(batch)]  # what waits for another look stands behind them
                if not answered:
                    break
            if not waiting:
                self._waiting.pop(store, None)

    async def _read_apart(self, store: str, batch: Sequence[Created]) -> bool:
        """``_read``; an order whose answer nobody understands is asked for again, alone."""
        not_understood: list[Created] = []

        async def again(created: Created, error: Exception) -> None:
            log.error("order.not_read_back", stream=created.stream, exc_info=error)
            self._again(created.tried())
            not_understood.append(created)

        answered = await apart(batch, lambda some: self._read(store, some), again)
        return all(answered) and not not_understood

    async def _read(self, store: str, batch: Sequence[Created]) -> bool:
        """Whether the store answered; what it did not answer is asked again in a later round."""
        gids = [created.gid for created in batch]
        answer = await self._execute(store, "orders_read_back", {"ids": gids})
        if not isinstance(answer, Done):
            self._not_answered(store, batch, answer)
            return False
        self._silent.pop(store, None)
        there = read_back(answer.data, gids)
        for created in batch:
            await self._compare(created, there[created.gid])
        return True

    async def _execute(self, store: str, what: str, variables: Mapping[str, object]) -> Answer:
        if self.before_call is not None:
            await self.before_call()
        return await self._shopify.execute(store, what, variables)

    def _may_ask(self, store: str) -> bool:
        silent = self._silent.get(store)
        return silent is None or silent.until <= self._journal.clock()

    def _not_answered(self, store: str, batch: Sequence[Created], answer: Answer) -> None:
        """Nothing is known of these, so none of their tries is used up."""
        self._waiting[store] += batch
        times = self._silent[store].times + 1 if store in self._silent else 1
        wait_s = self._waits.delay(times, self._chance)
        self._silent[store] = _Silent(times, self._journal.clock() + timedelta(seconds=wait_s))
        log.warning(
            "orders.not_read_back",
            store=store,
            orders=len(self._waiting[store]),
            answer=type(answer).__name__,
            times=times,
        )

    def _again(self, created: Created) -> None:
        if created.tries < _TRIES:
            self._waiting[created.store].append(created)

    async def _write_id(self, created: Created) -> bool:
        """Whether it is worth another look: the id was, or may have been, written.

        Writing it twice changes nothing, so it needs no lease. Not written: another order has it.
        """
        if created.tries + 1 >= _TRIES:
            return False
        if not self._may_ask(created.store):
            self._waiting[created.store].append(created)
            return True
        wanted = {"metafields": [{"ownerId": created.gid, **id_metafield(created.order_id)}]}
        answer = await self._execute(created.store, "metafields_set", wanted)
        if isinstance(answer, Refused | Invalid):
            return False
        if isinstance(answer, Done):
            self._again(created.tried())
        else:
            self._not_answered(created.store, [created], answer)
        return True

    async def _compare(self, created: Created, there: StandingOrder | None) -> None:
        reason_code = difference(created, there)
        if reason_code is None:
            return
        if reason_code == "order_id_missing" and await self._write_id(created):
            return  # whether it is there now, a later round sees
        log.warning("order.not_as_written", reason=reason_code, stream=created.stream)
        failed = events.ShopifyUpdateFailed(
            shop_id=created.shop_id,
            order_id=created.order_id,
            store=created.store,
            shopify_order_id=created.gid,
            change="creation",
            reason_code=reason_code,
        )
        event_id = outcome_id(f"read-back:{created.gid}", 1, failed.type_name())

        def judge(order: Order) -> Fact | None:
            there = order.created.event if order.created is not None else None
            is_ours = there is not None and there.shopify_order_id == created.gid
            return Fact(created.stream, event_id, failed) if order.stands and is_ours else None

        await tell(self._journal, {created.stream: judge}, orders.fold)
