"""Appending: one event at a time, 32 callers at once, batches of a hundred."""

from bench.contenders import Contenders
from bench.rounds import Measured, Turn, interleaved
from bench.size import Size


async def measure(them: Contenders, size: Size) -> dict[str, dict[str, Measured]]:
    """The rates of every contender that can do it."""
    seconds = size.seconds

    def peer(callers: int) -> Turn:
        async def turn() -> float:
            await them.message_db.empty()
            return await them.message_db.write_for(seconds, them.messages, callers)

        return turn

    def recorder(events: int) -> Turn:
        async def turn() -> float:
            await them.eventsourcing.ask("empty")
            answer = await them.eventsourcing.ask("append", seconds=seconds, size=events)
            return float(answer["rate"])

        return turn

    def floor(events: int) -> Turn:
        async def turn() -> float:
            await them.raw.empty()
            return await them.raw.append_for(seconds, them.rows, events)

        return turn

    one: dict[str, Turn] = {
        "ours": lambda: them.append_for(seconds, 1, 1),
        "message-db": peer(1),
        "eventsourcing": recorder(1),
        "raw SQL": floor(1),
    }
    many: dict[str, Turn] = {
        "ours": lambda: them.append_for(seconds, 32, 1),
        "message-db": peer(32),
    }
    hundred: dict[str, Turn] = {
        "ours": lambda: them.append_for(seconds, 1, 100),
        "eventsourcing": recorder(100),
        "raw SQL": floor(100),
    }
    return {
        "append1": await interleaved("append1", one, size.rounds),
        "append32": await interleaved("append32", many, size.rounds),
        "batch100": await interleaved("batch100", hundred, size.rounds),
    }
