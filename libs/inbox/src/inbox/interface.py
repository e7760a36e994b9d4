"""What an inbox promises, whichever way it is kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

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


class Inbox(Protocol[Message]):
    """What became of each message. Every call is one statement."""

    async def put(self, message: Message, now: datetime) -> bool:
        """Keep it, durably; False when it was here before."""
        ...

    async def take(
        self, now: datetime, busy: Collection[str], limit: int
    ) -> tuple[Received[Message], ...]:
        """Up to ``limit`` that are due, the oldest first, none of a ``busy`` key.

        Nobody else gets them for as long as the layout says.
        """
        ...

    async def done(self, ids: Sequence[str], now: datetime, by: str) -> int:
        """They are carried out; how many were open until now."""
        ...

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """Not now: take them again at ``due_at``."""
        ...

    async def forget(self, before: datetime) -> int:
        """Drop what was done before then, but nothing that had a date to be done by; how many."""
        ...

    async def waiting(self) -> int:
        """How many are not done."""
        ...

    async def requests(self) -> tuple[Received[Message], ...]:
        """Those with a date to be done by that are not done, the first due first."""
        ...
