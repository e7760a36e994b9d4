"""Appending what happened outside: the id comes from the fact, so it is recorded once."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from eventstore.journal import FactTaken
from eventstore.store import ANY_VERSION, Append, Appended, EventStore, IdTaken, Repeated
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event

__all__ = ["FactTaken", "append_fact"]


async def append_fact(
    store: EventStore,
    stream: str,
    event_id: UUID,
    event: Event,
    *,
    source: str,
    clock: Callable[[], datetime],
    correlation_id: str = "",
) -> Appended | Repeated:
    """Record the fact whatever the stream's version is; a second time counts as repeated."""
    trace = Trace(source, correlation_id or str(event_id), str(event_id))
    new = NewEvent(event_id, event, clock(), trace)
    (outcome,) = await store.append([Append(stream, ANY_VERSION, (new,))])
    match outcome:
        case Appended() | Repeated():
            return outcome
        case IdTaken():
            raise FactTaken(f"{event.type_name()} of {stream}")
        case _:
            raise AssertionError("a fact has no expected version")
