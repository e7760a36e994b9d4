"""The mapper's tables in memory, for tests; they pass the suite that PostgreSQL passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from mapper.tables.waiting import (
    CLAIMED_S,
    PUT_OFF_S,
    Claim,
    Release,
    Releases,
    Tables,
    Waiting,
    WaitsFor,
)
from runtime.clock import Clock

_FREE: Final = datetime.min.replace(tzinfo=UTC)
_Key = tuple[str, WaitsFor, str]


@dataclass
class _Queued:
    release: Release
    round: int
    after: str = ""
    claimed_until: datetime = _FREE
    worked_at: int = 0


class MemoryReleases(Releases):
    """See ``tables.Releases``."""

    def __init__(self, tables: "MemoryTables", clock: Clock) -> None:
        self._tables = tables
        self._clock = clock
        self._queue: dict[_Key, _Queued] = {}
        self._worked = count(1)
        self._rounds = count(1)

    async def add(
        self, releases: Sequence[Release], *, again: bool = True, on: object = None
    ) -> None:
        """See ``tables.Releases``; there is no transaction."""
        del on
        for release in {_key(release): release for release in reversed(releases)}.values():
            if not self._tables.waits(release.shop_id, release.waits_for):
                continue
            known = self._queue.get(_key(release))
            if known is None:
                queued = _Queued(release, next(self._rounds), worked_at=next(self._worked))
                self._queue[_key(release)] = queued
            elif again:
                known.release, known.round = release, next(self._rounds)
                known.after, known.claimed_until = "", _FREE

    async def claim(self) -> Claim | None:
        """See ``tables.Releases``."""
        now = self._clock()
        free = [queued for queued in self._queue.values() if queued.claimed_until < now]
        if not free:
            return None
        queued = min(free, key=lambda queued: queued.worked_at)
        queued.claimed_until = now + timedelta(seconds=CLAIMED_S)
        return Claim(queued.release, queued.after, queued.round)

    async def go_on(self, claim: Claim, after: str) -> None:
        """See ``tables.Releases``."""
        if (queued := self._of(claim)) is not None:
            queued.after, queued.claimed_until = after, _FREE
            queued.worked_at = next(self._worked)

    async def put_off(self, claim: Claim) -> None:
        """See ``tables.Releases``."""
        if (queued := self._of(claim)) is not None:
            queued.claimed_until = self._clock() + timedelta(seconds=PUT_OFF_S)

    async def finish(self, claim: Claim) -> None:
        """See ``tables.Releases``."""
        if self._of(claim) is not None:
            del self._queue[_key(claim.release)]

    def _of(self, claim: Claim) -> _Queued | None:
        """What is queued, unless a round has begun since."""
        queued = self._queue.get(_key(claim.release))
        return queued if queued is not None and queued.round == claim.round else None


class MemoryTables(Tables):
    """See ``tables.Tables``."""

    def __init__(self, clock: Clock) -> None:
        self.releases = MemoryReleases(self, clock)
        self._waiting: dict[str, Waiting] = {}
        self._is_filled = False

    def waits(self, shop_id: str, waits_for: WaitsFor) -> bool:
        """Whether any order of the shop waits for this."""
        return any(
            (entry.shop_id, entry.waits_for) == (shop_id, waits_for)
            for entry in self._waiting.values()
        )

    def count(self) -> int:
        """How many orders wait: for tests to look at."""
        return len(self._waiting)

    async def keep(self, waiting: Sequence[Waiting], *, anew: bool = True) -> None:
        """See ``tables.Tables``."""
        for entry in waiting:
            known = self._waiting.get(entry.stream)
            if known is None or (anew and known.as_of <= entry.as_of):
                self._waiting[entry.stream] = entry

    async def expect(self, waiting: Sequence[Waiting]) -> dict[str, Waiting]:
        """See ``tables.Tables``."""
        for entry in waiting:
            known = self._waiting.get(entry.stream, entry)
            self._waiting[entry.stream] = replace(known, as_of=max(known.as_of, entry.as_of))
        return {entry.stream: self._waiting[entry.stream] for entry in waiting}

    async def drop(self, settled: Mapping[str, int]) -> None:
        """See ``tables.Tables``."""
        for stream, as_of in settled.items():
            if stream in self._waiting and self._waiting[stream].as_of <= as_of:
                del self._waiting[stream]

    async def is_filled(self) -> bool:
        """See ``tables.Tables``."""
        return self._is_filled

    async def mark_filled(self) -> None:
        """See ``tables.Tables``."""
        self._is_filled = True

    async def waiting(
        self, shop_id: str, waits_for: WaitsFor, sku_id: str, after: str, limit: int
    ) -> tuple[str, ...]:
        """See ``tables.Tables``."""
        found = sorted(
            entry.stream
            for entry in self._waiting.values()
            if (entry.shop_id, entry.waits_for) == (shop_id, waits_for)
            and (not sku_id or (waits_for == "link" and sku_id in entry.sku_ids))
            and entry.stream > after
        )
        return tuple(found[:limit])


def _key(release: Release) -> _Key:
    return release.shop_id, release.waits_for, release.sku_id
