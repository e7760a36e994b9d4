"""Bulk syncs as they are kept: what was asked for, by whom, and how far each is.

They outlive the process that began them: any console process goes on with one where another left.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from pydantic import TypeAdapter

from console.rows import Cursor, OrderFilter
from ordersync_contracts.codec import UNREADABLE
from runtime.clock import Clock

CLAIMED_S: Final = 60.0
"""So long a run is one process's; a page takes seconds."""
KEPT_DAYS: Final = 30
"""A run that is done is shown until somebody dismisses it, so long at most."""
SHOWN: Final = 20
_READ: Final = TypeAdapter(OrderFilter)


@dataclass(frozen=True, slots=True)
class BulkRun:
    """One run. ``id`` is its form's, ``wanted`` the filter as JSON; ``total`` is counted up to a
    limit. ``after``: the last row that was seen, as ``str`` of its cursor. ``not_asked``: how many
    orders cannot be read. ``trouble``: why it does not get on. ``begun_at``: up to which position
    there were events by then: the rows have to say at least so much, or it would pass over orders.
    """

    id: str
    by: str
    wanted: str
    total: int
    after: str = ""
    seen: int = 0
    asked: int = 0
    waits_for: tuple[str, ...] = ()
    trouble: str = ""
    is_done: bool = False
    begun_at: int = 0
    not_asked: int = 0

    @property
    def selection(self) -> OrderFilter:
        """Which orders; ValueError for what another version wrote and this one cannot read."""
        return _READ.validate_json(self.wanted, strict=True, extra="forbid")

    @property
    def shop_id(self) -> str:
        """Whose orders; "": every shop's, or what another version wrote does not say."""
        try:
            return self.selection.shop_id or ""
        except UNREADABLE:
            return ""

    @property
    def cursor(self) -> Cursor | None:
        """Where its next page begins; None: at the newest order."""
        return Cursor.parse(self.after) if self.after else None


def to_json(wanted: OrderFilter) -> str:
    """The filter as it is kept."""
    return json.dumps(asdict(wanted), sort_keys=True)


class BulkRuns(Protocol):
    """The runs, in PostgreSQL (``tables``) or in memory; every call is one statement."""

    async def begin(self, run: BulkRun) -> bool:
        """Keep a new run; False: there is one of this id already, which stays as it is."""

    async def claim(self) -> BulkRun | None:
        """Of the runs that are neither done nor somebody's nor put off the one that was looked at
        longest ago; ours for a minute."""

    async def go_on(
        self, claimed: BulkRun, after: str, seen: int, asked: int, not_asked: int = 0
    ) -> bool:
        """One more page is asked for, up to ``after``; anybody's again.

        False, and nothing counted, when somebody else has done that page meanwhile.
        """

    async def put_off(
        self, claimed: BulkRun, wait_s: float, *, waits_for: Sequence[str] = (), trouble: str = ""
    ) -> None:
        """Not now, and why: anybody's again after so long; others go before it."""

    async def finish(self, claimed: BulkRun) -> None:
        """It has seen every order."""

    async def dismiss(self, run_id: str) -> None:
        """Show it no more, if it is done."""

    async def shown(self) -> Sequence[BulkRun]:
        """Those that were not dismissed, the oldest first; at most ``SHOWN``."""


@dataclass
class _Kept:
    run: BulkRun
    begun_at: datetime
    free_at: datetime
    done_at: datetime | None = None
    is_dismissed: bool = False


class MemoryBulkRuns:
    """See ``BulkRuns``; for tests and demonstrations."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    async def begin(self, run: BulkRun) -> bool:
        """See ``BulkRuns.begin``."""
        now = self._clock()
        old = now - timedelta(days=KEPT_DAYS)
        self._kept = {
            known_id: kept
            for known_id, kept in self._kept.items()
            if kept.done_at is None or kept.done_at > old
        }
        if run.id in self._kept:
            return False
        self._kept[run.id] = _Kept(run, now, now)
        return True

    async def claim(self) -> BulkRun | None:
        """See ``BulkRuns.claim``."""
        now = self._clock()
        free = (
            kept for kept in self._kept.values() if not kept.run.is_done and kept.free_at <= now
        )
        kept = min(free, key=lambda kept: (kept.free_at, kept.run.id), default=None)
        if kept is None:
            return None
        kept.free_at = now + timedelta(seconds=CLAIMED_S)
        return kept.run

    async def go_on(
        self, claimed: BulkRun, after: str, seen: int, asked: int, not_asked: int = 0
    ) -> bool:
        """See ``BulkRuns.go_on``."""
        kept = self._kept[claimed.id]
        if kept.run.after != claimed.after or kept.run.is_done:
            return False
        kept.free_at = self._clock()
        kept.run = replace(
            kept.run,
            after=after,
            seen=kept.run.seen + seen,
            asked=kept.run.asked + asked,
            not_asked=kept.run.not_asked + not_asked,
            waits_for=(),
            trouble="",
        )
        return True

    async def put_off(
        self, claimed: BulkRun, wait_s: float, *, waits_for: Sequence[str] = (), trouble: str = ""
    ) -> None:
        """See ``BulkRuns.put_off``."""
        kept = self._kept[claimed.id]
        kept.free_at = self._clock() + timedelta(seconds=wait_s)
        kept.run = replace(kept.run, waits_for=tuple(waits_for), trouble=trouble)

    async def finish(self, claimed: BulkRun) -> None:
        """See ``BulkRuns.finish``."""
        kept = self._kept[claimed.id]
        kept.run = replace(kept.run, is_done=True, waits_for=(), trouble="")
        kept.done_at = self._clock()

    async def dismiss(self, run_id: str) -> None:
        """See ``BulkRuns.dismiss``."""
        kept = self._kept.get(run_id)
        if kept is not None and kept.run.is_done:
            kept.is_dismissed = True

    async def shown(self) -> Sequence[BulkRun]:
        """See ``BulkRuns.shown``."""
        kept = sorted(self._kept.values(), key=lambda kept: (kept.begun_at, kept.run.id))
        return tuple(each.run for each in kept if not each.is_dismissed)[:SHOWN]
