"""Reading everything by position: to parse-ready JSON bytes, and decoded by one decoder for all."""

import time

from pydantic_core import from_json

from bench.contenders import Contenders
from bench.rounds import Measured, Turn, interleaved
from bench.size import Size

PAGE = 1000


async def measure(them: Contenders, size: Size) -> dict[str, dict[str, Measured]]:
    """The rates of every contender, the same events in each."""
    count = size.read_events
    await them.fill(count)

    def ours(*, decoded: bool) -> Turn:
        async def turn() -> float:
            began, position, found = time.perf_counter(), 0, 0
            while page := await them.ours.read_after(position, PAGE):
                position = page[-1].position
                taken = [from_json(one.data) if decoded else one.data for one in page]
                found += len(taken)
            assert found == count
            return found / (time.perf_counter() - began)

        return turn

    def message_db_turn(*, decoded: bool) -> Turn:
        async def turn() -> float:
            began = time.perf_counter()
            found = await them.message_db.read_all(PAGE)
            taken = [from_json(one) for one in found] if decoded else found
            assert len(taken) == count
            return count / (time.perf_counter() - began)

        return turn

    def recorder(*, decoded: bool) -> Turn:
        async def turn() -> float:
            answer = await them.eventsourcing.ask("read", page=PAGE, decoded=decoded)
            assert answer["found"] == count
            return float(answer["rate"])

        return turn

    return {
        name: await interleaved(
            name,
            {
                "ours": ours(decoded=decoded),
                "message-db": message_db_turn(decoded=decoded),
                "eventsourcing": recorder(decoded=decoded),
            },
            size.rounds,
        )
        for name, decoded in (("read_bytes", False), ("read_decoded", True))
    }
