"""Reading everything by position: to parse-ready JSON bytes, and decoded by one decoder for all."""

import time
from dataclasses import dataclass

from pydantic_core import from_json

from bench.contenders import Contenders
from bench.rounds import Measured, Turn, interleaved
from bench.size import Size

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Reads:
    """One contender's turn each: ``count`` events, a page at a time."""

    them: Contenders
    count: int
    decoded: bool

    async def ours(self) -> float:
        """Our store."""
        began, position, found = time.perf_counter(), 0, 0
        while page := await self.them.ours.read_after(position, PAGE):
            position = page[-1].position
            found += len([self._take(event.data) for event in page])
        return self._rate(found, began)

    async def message_db(self) -> float:
        """message-db, by category."""
        began = time.perf_counter()
        found = [self._take(message) for message in await self.them.message_db.read_all(PAGE)]
        return self._rate(len(found), began)

    async def eventsourcing(self) -> float:
        """eventsourcing's notifications."""
        answer = await self.them.eventsourcing.ask("read", page=PAGE, decoded=self.decoded)
        assert answer["found"] == self.count
        return float(answer["rate"])

    def _take(self, data: bytes | str) -> object:
        return from_json(data) if self.decoded else data

    def _rate(self, found: int, began: float) -> float:
        assert found == self.count
        return found / (time.perf_counter() - began)


async def measure(them: Contenders, size: Size) -> dict[str, dict[str, Measured]]:
    """The rates of every contender, the same events in each."""
    await them.fill(size.read_events)
    measured = {}
    for name, decoded in (("read_bytes", False), ("read_decoded", True)):
        reads = Reads(them, size.read_events, decoded)
        turns: dict[str, Turn] = {
            "ours": reads.ours,
            "message-db": reads.message_db,
            "eventsourcing": reads.eventsourcing,
        }
        measured[name] = await interleaved(name, turns, size.rounds)
    return measured
