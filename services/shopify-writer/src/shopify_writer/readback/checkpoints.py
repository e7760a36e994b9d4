"""Reading back outlives the writer that created: each writer keeps how far it has read back.

Its checkpoint says: every order this writer created up to that position is read back. It is moved
round by round and shows that the writer lives; while anything is not read back it stays where it
is. That of one that is gone is taken over: what was created since, and shortly after it was last
seen, is read back again; twice changes nothing.
"""

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
        """End those of others not seen since then; ours is moved back to the earliest of them.

        The earliest position, and when the last of them was seen; None when there are none.
        """


class MemoryCheckpoints:
    """The same promises in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[int, datetime]] = {}

    async def keep(self, writer: str, position: int, at: datetime) -> None:
        """See ``Checkpoints.keep``."""
        self.kept[writer] = (position, at)

    async def take_over(self, writer: str, seen_before: datetime) -> tuple[int, datetime] | None:
        """See ``Checkpoints.take_over``."""
        gone = [name for name, (_, at) in self.kept.items() if at < seen_before and name != writer]
        taken = [self.kept.pop(name) for name in gone]
        if not taken:
            return None
        earliest = min(position for position, _ in taken)
        if writer in self.kept:
            position, at = self.kept[writer]
            self.kept[writer] = (min(position, earliest), at)
        return earliest, max(at for _, at in taken)


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
        self._kept = self._reached = 0
        self._taken: tuple[int, datetime] | None = None
        self._looked_at: datetime | None = None

    async def run(self) -> None:
        """Read back for ever."""
        while True:
            await self.round()

    async def round(self) -> None:
        """One round; the checkpoint trails one behind: what was appended is noted after."""
        head = await self._store.head()
        if not self._has_begun:
            await self._checkpoints.keep(self._writer, head, self._clock())
            self._kept, self._reached, self._has_begun = head, head, True
        await self._recover()
        await self._read_back.next_round()
        if self._read_back.is_done:
            self._kept, self._reached = self._reached, head
        await self._checkpoints.keep(self._writer, self._kept, self._clock())

    async def _recover(self) -> None:
        """Note what those that are gone had not read back; what fails is done in the next round."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < GONE_AFTER / 4:
            return
        self._take(await self._checkpoints.take_over(self._writer, now - GONE_AFTER))
        if self._taken is not None:
            position, seen_at = self._taken
            again = await self._note_since(position, seen_at + GONE_AFTER)
            self._taken = None
            log.info("read_back.recovered", orders=again)
        self._looked_at = now

    def _take(self, gone: tuple[int, datetime] | None) -> None:
        """Beside what was taken before and not noted yet; our checkpoint is not ahead of it."""
        if gone is None:
            return
        position, seen_at = gone
        if self._taken is not None:
            gone = min(position, self._taken[0]), max(seen_at, self._taken[1])
        self._taken = gone
        self._kept = min(self._kept, position)

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
