"""Reading back outlives the writer that created: each writer keeps how far it has read back.

Its checkpoint says: every order this writer created up to that position is read back. It is moved
round by round and shows that the writer lives, in a long round between two questions; while
anything is not read back it stays where it is. That of one that is gone is taken over: what was
created since, and shortly after it was last seen, is read back again; twice changes nothing. It
ends only when ours stands where it stood, so whichever answer is lost, and whoever dies, one of
both says what is still to be read back.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from eventstore.journal import Journal
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import ShopifyOrderCreated
from shopify_writer.readback.read_back import ReadBack

log = structlog.get_logger()
GONE_AFTER: Final = timedelta(seconds=60)
"""Checkpoints are kept every few seconds; who has not for so long is gone, or reads back twice."""

_PAGE: Final = 500


class Checkpoints(Protocol):
    """The checkpoints of all writers; PostgreSQL (``tables``) and memory keep them alike."""

    async def keep(self, writer: str, position: int, at: datetime) -> None:
        """This writer is alive and has read back up to ``position``."""

    async def take_over(self, writer: str, seen_before: datetime) -> "tuple[int, datetime] | None":
        """Those of others not seen since then are ours to read back, until we ``end`` them.

        The earliest position, and when the last of them was seen, also of those that are ours
        already; None when there are none. What another that lives has taken over stays its own.
        """

    async def end(self, writer: str) -> None:
        """What we took over is noted, and our own checkpoint is not ahead of it."""


class MemoryCheckpoints:
    """The same promises in dicts; ``taken``: by whom."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[int, datetime]] = {}
        self.taken: dict[str, str] = {}

    async def keep(self, writer: str, position: int, at: datetime) -> None:
        """See ``Checkpoints.keep``."""
        self.kept[writer] = (position, at)
        self.taken.pop(writer, None)

    async def take_over(self, writer: str, seen_before: datetime) -> tuple[int, datetime] | None:
        """See ``Checkpoints.take_over``."""
        gone = {name: kept for name, kept in self.kept.items() if kept[1] < seen_before}
        free = {name: kept for name, kept in gone.items() if name != writer}
        ours = [name for name in free if self._is_free(name, writer, gone)]
        if not ours:
            return None
        self.taken.update(dict.fromkeys(ours, writer))
        return min(free[name][0] for name in ours), max(free[name][1] for name in ours)

    def _is_free(self, name: str, writer: str, gone: Collection[str]) -> bool:
        taker = self.taken.get(name, writer)
        return taker == writer or taker in gone or taker not in self.kept

    async def end(self, writer: str) -> None:
        """See ``Checkpoints.end``."""
        for name in [name for name, taker in self.taken.items() if taker == writer]:
            del self.kept[name], self.taken[name]


class CheckpointedReadBack:
    """Reads back round by round, and keeps how far."""

    def __init__(
        self, read_back: ReadBack, checkpoints: Checkpoints, journal: Journal, writer: str
    ) -> None:
        self._read_back = read_back
        self._checkpoints = checkpoints
        self._store = journal.store
        self._clock = journal.clock
        self._writer = writer
        self._has_begun = False
        self._kept: int | None = None
        self._reached = 0
        self._looked_at: datetime | None = None
        self._seen_at: datetime | None = None
        read_back.before_call = self._show_alive

    async def run(self) -> None:
        """Read back for ever."""
        while True:
            await self.round()

    async def round(self) -> None:
        """One round; the checkpoint trails one behind: what was appended is noted after."""
        head = await self._store.head()
        await self._begin(head)
        await self._recover()
        await self._read_back.next_round()
        if self._read_back.is_done:
            self._kept, self._reached = self._reached, head
        await self._keep()

    async def _begin(self, head: int) -> None:
        """Where the first round began, however many it takes until that is kept."""
        if self._has_begun:
            return
        if self._kept is None:
            self._kept = self._reached = head
        await self._keep()
        self._has_begun = True

    async def _keep(self) -> None:
        now = self._clock()
        await self._checkpoints.keep(self._writer, self._kept or 0, now)
        self._seen_at = now

    async def _show_alive(self) -> None:
        """In the midst of a round: whoever is taken for gone loses what it creates afterwards."""
        if self._seen_at is not None and self._clock() - self._seen_at >= GONE_AFTER / 4:
            await self._keep()

    async def _recover(self) -> None:
        """Note what those that are gone had not read back; what fails is done in the next round."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < GONE_AFTER / 4:
            return
        gone = await self._checkpoints.take_over(self._writer, now - GONE_AFTER)
        if gone is not None:
            position, seen_at = gone
            self._kept = min(self._kept or 0, position)
            again = await self._note_since(position, seen_at + GONE_AFTER)
            await self._keep()
            await self._checkpoints.end(self._writer)
            log.info("read_back.recovered", orders=again)
        self._looked_at = now

    async def _note_since(self, position: int, until: datetime) -> int:
        noted = 0
        while page := await self._store.read_after(position, _PAGE):
            for recorded in page:
                noted += recorded.recorded_at <= until and self._note(recorded)
            position = page[-1].position
            if page[-1].recorded_at > until:
                break
        return noted

    def _note(self, recorded: Recorded) -> bool:
        """Whether it is an order that a writer created."""
        try:
            event = recorded.event
        except UNREADABLE:
            log.exception("event.not_read", stream=recorded.stream)
            return False
        if not isinstance(event, ShopifyOrderCreated) or event.outcome == "adopted":
            return False
        self._read_back.note(event, recorded.stream)
        return True
