"""The inbox in a dict: for unit tests, with the same promises as PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from inbox.interface import Layout, Message, Received


@dataclass(slots=True)
class Kept:
    """One row; ``done_by`` also where the layout has no column for it."""

    row: dict[str, Any]
    due_at: datetime
    done_at: datetime | None = None
    done_by: str = ""


class MemoryInbox(Generic[Message]):
    """Keeps the promises of ``Inbox`` for one process; ``kept`` shows the rows by id."""

    def __init__(self, layout: Layout[Message]) -> None:
        self.kept: dict[str, Kept] = {}
        self._layout = layout

    async def put(self, message: Message, now: datetime) -> bool:
        """See ``Inbox.put``."""
        row: dict[str, Any] = {"received_at": now, "attempts": 0}
        row.update(zip(self._layout.columns, self._layout.write(message, now), strict=True))
        kept = Kept(row, due_at=now)
        return self.kept.setdefault(row["id"], kept) is kept

    async def take(
        self, now: datetime, busy: Collection[str], limit: int
    ) -> tuple[Received[Message], ...]:
        """See ``Inbox.take``."""
        due = [kept for kept in self._open() if kept.due_at <= now and self._may_take(kept, busy)]
        taken = sorted(due, key=lambda kept: kept.due_at)[:limit]
        for kept in taken:
            kept.due_at = now + self._layout.claimed_for
            kept.row["attempts"] += 1
        oldest_first = sorted(taken, key=lambda kept: (kept.row["received_at"], kept.row["id"]))
        return tuple(self._layout.received(kept.row) for kept in oldest_first)

    async def done(self, ids: Sequence[str], now: datetime, by: str) -> int:
        """See ``Inbox.done``."""
        done = [kept for kept in self._open() if kept.row["id"] in ids]
        for kept in done:
            kept.done_at, kept.done_by = now, by
        return len(done)

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """See ``Inbox.later``."""
        for kept in self._open():
            if kept.row["id"] in ids:
                kept.due_at = due_at

    async def forget(self, before: datetime) -> int:
        """See ``Inbox.forget``."""
        forgotten = [id_ for id_, kept in self.kept.items() if self._is_over(kept, before)]
        for id_ in forgotten:
            del self.kept[id_]
        return len(forgotten)

    async def waiting(self) -> int:
        """See ``Inbox.waiting``."""
        return len(self._open())

    async def requests(self) -> tuple[Received[Message], ...]:
        """See ``Inbox.requests``."""
        dated = [kept.row for kept in self._open() if self._date(kept) is not None]
        dated.sort(key=lambda row: (row[str(self._layout.respond_by)], row["id"]))
        return tuple(self._layout.received(row) for row in dated)

    def _open(self) -> list[Kept]:
        return [kept for kept in self.kept.values() if kept.done_at is None]

    def _may_take(self, kept: Kept, busy: Collection[str]) -> bool:
        never = self._layout.never_taken
        is_ours = never is None or kept.row[never[0]] != never[1]
        return is_ours and kept.row[self._layout.key] not in busy

    def _is_over(self, kept: Kept, before: datetime) -> bool:
        ended_at = kept.done_at or (kept.row["received_at"] if self._layout.gives_up else None)
        return ended_at is not None and ended_at < before and self._date(kept) is None

    def _date(self, kept: Kept) -> object:
        return kept.row[self._layout.respond_by] if self._layout.respond_by else None
