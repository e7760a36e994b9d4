"""Appending: one event at a time, 32 callers at once, batches of a hundred."""

from dataclasses import dataclass

from bench.contenders import Contenders
from bench.rounds import Measured, Turn, interleaved
from bench.size import Size


@dataclass(frozen=True, slots=True)
class Appends:
    """One contender's turn each, from an empty store."""

    them: Contenders
    seconds: float

    def ours(self, callers: int, commands: int) -> Turn:
        """So many callers, each appending so many commands at a time."""
        return lambda: self.them.append_for(self.seconds, callers, commands)

    def message_db(self, callers: int) -> Turn:
        """So many callers, each one message at a time: it knows no batches."""

        async def turn() -> float:
            await self.them.message_db.empty()
            messages = self.them.messages
            return await self.them.message_db.write_for(self.seconds, messages, callers)

        return turn

    def eventsourcing(self, events: int) -> Turn:
        """One thread, so many events at a time."""

        async def turn() -> float:
            await self.them.eventsourcing.ask("empty")
            answer = await self.them.eventsourcing.ask("append", seconds=self.seconds, size=events)
            return float(answer["rate"])

        return turn

    def raw_sql(self, rows: int) -> Turn:
        """One connection, so many rows at a time."""

        async def turn() -> float:
            await self.them.raw.empty()
            return await self.them.raw.append_for(self.seconds, self.them.rows, rows)

        return turn


async def measure(them: Contenders, size: Size) -> dict[str, dict[str, Measured]]:
    """The rates of every contender that can do it."""
    turn = Appends(them, size.seconds)
    races: dict[str, dict[str, Turn]] = {
        "append1": {
            "ours": turn.ours(1, 1),
            "message-db": turn.message_db(1),
            "eventsourcing": turn.eventsourcing(1),
            "raw SQL": turn.raw_sql(1),
        },
        "append32": {"ours": turn.ours(32, 1), "message-db": turn.message_db(32)},
        "batch100": {
            "ours": turn.ours(1, 100),
            "eventsourcing": turn.eventsourcing(100),
            "raw SQL": turn.raw_sql(100),
        },
    }
    return {name: await interleaved(name, turns, size.rounds) for name, turns in races.items()}
