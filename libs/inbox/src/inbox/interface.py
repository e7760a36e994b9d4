"""What an inbox promises, whichever way it is kept; and how one service lays its own out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class Received(Generic[Message]):
    """A message that was kept; ``attempts`` counts how often it was taken.

    ``key``: whom it is about; of one key only one worker of a process has messages.
    ``respond_by``: until when it has to be done, where its sender sets a date.
    """

    id: str
    key: str
    message: Message
    received_at: datetime
    attempts: int = 0
    respond_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Layout(Generic[Message]):
    """Which table one service's inbox has: how messages become its rows, and rows messages.

    Beside ``columns`` it has ``received_at``, ``due_at``, ``attempts`` and ``done_at``.
    ``columns``: in the order in which ``write`` gives a message's values, the id first. ``key``:
    the column that says whom a message is about. ``claimed_for``: whoever took one and said
    nothing for so long is taken to be dead. ``never_taken``: the value of a column that only a
    person can do something about. ``respond_by``: the column of the date to be done by.
    ``done_by``: the column that says who did it. ``gives_up``: what could not be done is forgotten
    as what was done is.
    """

    table: str
    columns: tuple[str, ...]
    key: str
    write: Callable[[Message, datetime], Sequence[object]]
    read: Callable[[Mapping[str, Any]], Message]
    claimed_for: timedelta
    never_taken: tuple[str, str] | None = None
    respond_by: str | None = None
    done_by: str | None = None
    gives_up: bool = False

    def received(self, row: Mapping[str, Any]) -> Received[Message]:
        """The message of a row."""
        respond_by = row[self.respond_by] if self.respond_by is not None else None
        return Received(
            row["id"],
            row[self.key],
            self.read(row),
            row["received_at"],
            row["attempts"],
            respond_by,
        )


class Inbox(Protocol[Message]):
    """What became of each message. Every call is one statement."""

    async def put(self, message: Message, now: datetime) -> bool:
        """Keep it, durably; False when it was here before."""

    async def take(
        self, now: datetime, busy: Collection[str], limit: int
    ) -> tuple[Received[Message], ...]:
        """Up to ``limit`` that are due, the oldest first, none of a ``busy`` key.

        Nobody else gets them for as long as the layout says.
        """

    async def done(self, ids: Sequence[str], now: datetime, by: str) -> int:
        """They are carried out; how many were open until now."""

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """Not now: take them again at ``due_at``."""

    async def forget(self, before: datetime) -> int:
        """Drop what was done before then, but nothing that had a date to be done by; how many."""

    async def waiting(self) -> int:
        """How many are not done."""

    async def requests(self) -> tuple[Received[Message], ...]:
        """Those with a date to be done by that are not done, the first due first."""
