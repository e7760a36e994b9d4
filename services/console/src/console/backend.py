"""What pages and commands act on, and on whose behalf. Every action is an append that says who did
it; a second click changes nothing.

Words: a *Backend* is the events, the rows made of them, the time and who acts; a *Submission* is
one form or command that somebody sent; an *Opener* (``cli``) opens what a command needs.

Refused
 ├─ UnknownShop    no shop with this id was ever connected
 ├─ NoStore        the shop has no Shopify store yet
 └─ others, each beside the action that refuses
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connections.shop_book import ShopBook
from console.rows import Rows
from eventstore.journal import Cause, Decide, Decided, Fold, Journal, State
from eventstore.store import EventStore
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.events import Event
from runtime.clock import Clock, Clocks
from runtime.halving import in_halves
from runtime.passing import Passing
from runtime.randomness import NewId

SOURCE: Final = "console"


class Refused(Exception):
    """The action cannot be done; the text says why and what would help."""

    safe = True
    exit_code = 5


class UnknownShop(Refused):
    """No shop with this id was ever connected."""

    exit_code = 1


class NoStore(Refused):
    """The shop has no Shopify store yet."""


async def each_stream(
    streams: Iterable[str],
    work: Callable[[Sequence[str]], Awaitable[None]],
    not_read: Callable[[str, Exception], Awaitable[None]],
) -> None:
    """The work on all streams, each once; ``not_read`` hears of each that cannot be read.

    Raises Contention over those that others write to all the time, when it is done on the others.
    """
    passing: list[Passing] = []

    async def failed(stream: str, error: Exception) -> None:
        if isinstance(error, Passing):
            passing.append(error)
        else:
            await not_read(stream, error)

    await in_halves(list(dict.fromkeys(streams)), work, failed, _is_no_streams)
    if passing:
        raise passing[0]


def _is_no_streams(error: Exception) -> bool:
    """Whether it has nothing to do with what a stream holds, or who else writes to it."""
    return not isinstance(error, (*UNREADABLE, Passing))


@dataclass(frozen=True, slots=True)
class Submission:
    """One form or command: what it decides, who sent it (``by``), and its ``id``, which was made
    when the form was drawn, or per command."""

    store: EventStore
    clock: Clock
    by: str
    id: str

    async def decide(
        self, stream: str, fold: Fold[State], decide: Decide[State], *, once: bool = False
    ) -> Decided[State]:
        """See ``Journal.decide``; ``once``: the second half of a double click changes nothing."""
        cause = Cause(stream, self.id)
        return await self._journal.decide(cause, fold, decide, once=once)

    async def decide_each(
        self,
        streams: Iterable[str],
        fold: Fold[State],
        decide: Callable[[str, State], Sequence[Event]],
        *,
        once: bool = False,
    ) -> dict[str, Decided[State]]:
        """``decide`` on each stream by itself, all in one read and one append."""

        async def decide_all(states: Mapping[str, State]) -> Mapping[str, Sequence[Event]]:
            return {stream: decide(stream, state) for stream, state in states.items()}

        causes = [Cause(stream, self.id) for stream in streams]
        return await self._journal.decide_many(causes, fold, decide_all, once=once)

    @property
    def _journal(self) -> Journal:
        return Journal(self.store, SOURCE, self.clock)


@dataclass(frozen=True)
class Backend:
    """The store of events, the rows and the shops made of it, the time, and who acts."""

    store: EventStore
    rows: Rows
    shops: ShopBook
    clocks: Clocks
    who: str
    new_id: NewId

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self.clocks.wall

    def submission(self, form_id: str | None = None) -> Submission:
        """Of this form (``form_id``), or of this one command."""
        return Submission(self.store, self.clock, self.who, form_id or self.new_id())
