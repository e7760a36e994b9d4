"""What both faces work on: the events, the rows, the time, and who acts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from console.actions import Request
from console.rows import Rows
from eventstore import EventStore
from runtime.clock import Clock


@dataclass(frozen=True)
class Desk:
    """The store of events, the rows made of it, the time, and whose hand it is."""

    store: EventStore
    rows: Rows
    clock: Clock
    who: str
    new_id: Callable[[], str]

    def request(self, request_id: str | None = None) -> Request:
        """What is asked for by this form (``request_id``), or by this one command."""
        return Request(self.who, request_id or self.new_id())


def new_id() -> str:
    """An id that no other form or command has."""
    return secrets.token_hex(16)
