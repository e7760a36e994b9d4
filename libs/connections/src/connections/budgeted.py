"""Shopify within its budget: every call has a place in the store's bucket before it is made.

A job that needs several calls takes their places together and then makes them without waiting
(``admitted``); any other call takes its own. What an answer says about the bucket goes back into
the shared budget, so THROTTLED does not occur while nobody else spends the app's points.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from jobs.budget import Reading, Settlement
from jobs.budget_queue import BudgetQueue, NotNow
from jobs.job import Lane
from runtime.clock import Clock, Monotonic
from shopify.answers import Answer, CallFacts, Refused, Throttled, Unclear
from shopify.body import Guard
from shopify.calls import Calls
from shopify.cost import EXPECTED_POINTS
from shopify.refusals import RefusalKind

UNKNOWN_POINTS: Final = 20.0
"""Taken for a document whose cost no answer has told yet."""


@dataclass(slots=True)
class _Places:
    """What one job or call holds reserved, and what became of it."""

    store: str
    lane: Lane
    reserved: float
    used: float = 0.0
    reading: Reading | None = None
    read_at: float = 0.0
    order_limit_met: bool = False


_HELD: ContextVar[_Places | None] = ContextVar("places in a store's budget", default=None)


class BudgetedShopify:
    """Keeps ``shopify.calls.Calls``; a call that gets no place in time is ``Throttled``, unsent."""

    def __init__(
        self, client: Calls, queue: BudgetQueue, clock: Clock, monotonic: Monotonic
    ) -> None:
        self._client = client
        self._queue = queue
        self._clock = clock
        self._monotonic = monotonic
        self._points = dict(EXPECTED_POINTS)

    @asynccontextmanager
    async def admitted(
        self, store: str, lane: Lane, documents: Sequence[str], *, creates_order: bool = False
    ) -> AsyncIterator[None]:
        """Hold the places of these documents' calls; calls inside the block use them up first.

        Raises NotNow, with nothing reserved, when there are none soon enough.
        """
        points = sum(map(self._points_of, documents))
        await self._queue.place(store, lane, points, creates_order=creates_order)
        places = _Places(store, lane, points)
        token = _HELD.set(places)
        try:
            yield
        finally:
            _HELD.reset(token)
            self._settle(places)

    async def execute(
        self, store: str, what: str, variables: Mapping[str, object], *, guard: Guard | None = None
    ) -> Answer:
        """See ``Calls.execute``; waits for a place first."""
        points = self._points_of(what)
        held = _HELD.get()
        if held is not None and held.store == store and held.used + points <= held.reserved:
            return await self._call(held, store, what, variables, guard)
        try:
            await self._queue.place(store, held.lane if held else "live", points)
        except NotNow as full:
            return Throttled(full.wait_s, call=CallFacts(sent_at=self._clock()))
        places = _Places(store, "live", points)
        try:
            return await self._call(places, store, what, variables, guard)
        finally:
            self._settle(places)

    async def _call(
        self,
        places: _Places,
        store: str,
        what: str,
        variables: Mapping[str, object],
        guard: Guard | None,
    ) -> Answer:
        settled, sent_at = self._queue.settled(store), self._monotonic()
        points = self._points_of(what)
        places.used += points  # until the answer says otherwise
        answer = await self._client.execute(store, what, variables, guard=guard)
        places.used += self._used(answer, points) - points
        cost = answer.cost
        if cost is not None:
            self._points[what] = cost.requested
            places.reading = Reading(cost.available, cost.maximum, cost.restore_rate, 0.0, settled)
            places.read_at = sent_at
        if isinstance(answer, Refused):
            kinds = {error.kind for error in answer.user_errors}
            places.order_limit_met |= RefusalKind.TOO_MANY_ATTEMPTS in kinds
        return answer

    @staticmethod
    def _used(answer: Answer, points: float) -> float:
        if answer.cost is not None:
            return answer.cost.actual or 0.0
        return points if isinstance(answer, Unclear) else 0.0

    def _points_of(self, document: str) -> float:
        return self._points.get(document, UNKNOWN_POINTS)

    def _settle(self, places: _Places) -> None:
        reading = places.reading
        if reading is not None:
            age_s = self._monotonic() - places.read_at
            reading = Reading(
                reading.available, reading.maximum, reading.restore, age_s, reading.settled
            )
        self._queue.settle(
            places.store, Settlement(places.reserved, places.used, reading, places.order_limit_met)
        )
