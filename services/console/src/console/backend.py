"""What pages and commands act on, and on whose behalf. Every action is an append that says who did
it; a second click changes nothing.

Words: a *Backend* is the events, the rows made of them, the time and who acts; a *Submission* is
one form or command that somebody sent; an *Opener* (``cli``) opens what a command needs.

Refused
 ├─ UnknownShop    no shop with this id was ever connected
 ├─ NoStore        the shop has no Shopify store yet
 └─ others, each beside the action that refuses
"""

from dataclasses import dataclass
from typing import Final

from connections.shop_book import ShopBook
from console.rows import Rows
from eventstore import EventStore
from eventstore.journal import Cause, Journal
from runtime.clock import Clock, Clocks
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


@dataclass(frozen=True, slots=True)
class Submission:
    """Who sent a form or a command, and its id: made when the form was drawn, or per command."""

    by: str
    id: str

    def on(self, stream: str) -> Cause:
        """The cause of what it decides on this stream."""
        return Cause(stream, self.id)


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
        return Submission(self.who, form_id or self.new_id())


def journal(store: EventStore, clock: Clock) -> Journal:
    """The console's way to the event store."""
    return Journal(store, SOURCE, clock)
