"""What came in is carried out: any number of processes, again until it is done.

Whatever is done may be done twice. While one key's messages are worked on, further ones of it
gather and are taken together afterwards; other keys go on beside.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic

import structlog

from inbox.interface import Inbox, Message, Received
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.keep_running import passes
from runtime.outage import what_and_where
from runtime.randomness import Chance
from runtime.turns import is_set_within

log = structlog.get_logger()
Act = Callable[[str, Sequence[Received[Message]]], Awaitable[None]]
"""Does what messages of one key ask for. Raises PutBack when it cannot be done now; what passes by
itself (the store is away) ends the worker, and the messages are taken again when their claim is
over. Any other error is one message's: it is logged, counted and put back alone."""
TIDY_EVERY: Final = timedelta(hours=1)


class PutBack(Exception):
    """It cannot be done now: it is taken again later, after ``retry_after_s`` at the earliest."""

    safe = True

    def __init__(self, why: str = "", retry_after_s: float = 0.0) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSettings:
    """How one service works through its inbox.

    ``by``: who is said to have done it. ``waits``: before a message is tried again. ``kept_for``:
    how long what is done is known. ``at_a_time``: how many are taken at once; ``look_every_s``: how
    often when nothing is said to have arrived. ``together``: a key's messages are one piece of
    work; else they are done one after the other, each with its own end. ``failed`` is told of each
    message that ended in an error which nobody expects.
    """

    by: str
    failed: Callable[[], None]
    waits: Backoff
    kept_for: timedelta
    at_a_time: int
    look_every_s: float
    together: bool = False


class InboxWorker(Generic[Message]):
    """Works through an inbox; ``arrived`` says that there is something new in it.

    ``measure`` is called at the beginning and every ``look_every_s``, however much arrives.
    """

    def __init__(
        self,
        inbox: Inbox[Message],
        act: Act[Message],
        settings: InboxSettings,
        clock: Clock,
        chance: Chance,
        measure: Callable[[], Awaitable[None]],
    ) -> None:
        self._inbox = inbox
        self._act = act
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._measure = measure
        self._hint = asyncio.Event()
        self._busy: set[str] = set()
        self._tidied_at = self._measured_at = clock()

    def arrived(self) -> None:
        """Look now."""
        self._hint.set()

    async def run(self) -> None:
        """For ever; what is raised leaves the messages to whoever looks next."""
        self._busy.clear()
        await self._measure_now()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._hint.clear()
                await self._share_out(tasks)
                await self._tidy()
                await self._wait()

    async def round(self) -> None:
        """What is due now, to its end."""
        async with asyncio.TaskGroup() as tasks:
            await self._share_out(tasks)

    async def _share_out(self, tasks: asyncio.TaskGroup) -> None:
        """Take what is due, and begin on it: one task for each key."""
        taken = await self._inbox.take(self._clock(), self._busy, self._settings.at_a_time)
        by_key: dict[str, list[Received[Message]]] = {}
        for received in taken:
            by_key.setdefault(received.key, []).append(received)
        for key, batch in by_key.items():
            self._busy.add(key)
            tasks.create_task(self._serve(key, batch))

    async def _serve(self, key: str, batch: Sequence[Received[Message]]) -> None:
        try:
            pieces = [batch] if self._settings.together else [(received,) for received in batch]
            for piece in pieces:
                await self._attempt(key, piece)
        finally:
            self._busy.discard(key)
            self._hint.set()

    async def _attempt(self, key: str, piece: Sequence[Received[Message]]) -> None:
        ids = [received.id for received in piece]
        try:
            await self._act(key, piece)
        except PutBack as problem:
            await self._put_back(piece, problem.retry_after_s)
        except Exception as error:
            if passes(error):
                raise
            await self._set_aside(key, piece, error)
        else:
            await self._inbox.done(ids, self._clock(), self._settings.by)

    async def _set_aside(
        self, key: str, piece: Sequence[Received[Message]], error: Exception
    ) -> None:
        """Which of them it is shows when each is done by itself."""
        if len(piece) > 1:
            for received in piece:
                await self._attempt(key, (received,))
            return
        (failed,) = piece
        why, attempts = what_and_where(error), failed.attempts
        log.error("webhook.surprised", key=key, id=failed.id, attempts=attempts, why=why)
        self._settings.failed()
        await self._put_back(piece)

    async def _put_back(
        self, piece: Sequence[Received[Message]], retry_after_s: float = 0.0
    ) -> None:
        attempts = max(received.attempts for received in piece)
        wait_s = max(retry_after_s, self._settings.waits.delay(attempts, self._chance))
        due_at = self._clock() + timedelta(seconds=wait_s)
        await self._inbox.later([received.id for received in piece], due_at)

    async def _tidy(self) -> None:
        now = self._clock()
        if now - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = now
            await self._inbox.forget(now - self._settings.kept_for)

    async def _wait(self) -> None:
        span_s = self._settings.look_every_s
        has_news = await is_set_within(self._hint, span_s)
        if not has_news or self._clock() - self._measured_at >= timedelta(seconds=span_s):
            await self._measure_now()

    async def _measure_now(self) -> None:
        self._measured_at = self._clock()
        await self._measure()
