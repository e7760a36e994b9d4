"""Which table one service's inbox has: its columns, and what they mean.

Beside the columns named here the table has ``received_at``, ``due_at``, ``attempts`` and
``done_at``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from inbox.interface import Received

Message = TypeVar("Message")


@dataclass(frozen=True, kw_only=True)
class Layout(Generic[Message]):
    """How messages become rows of ``table`` and rows messages again.

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
