"""What an event store promises, whichever way it is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ordersync_contracts.envelope import NewEvent, Recorded

ANY_VERSION: Final = None
"""Expected version of a fact: it is appended whatever the stream's version is."""

MAX_EVENT_BYTES: Final = 900_000
"""The largest JSON of one event: with its headers it fits into a Kafka record (broker default:
``message.max.bytes`` 1,048,588), so that nothing stored can stand in the relay's way."""


MOST_FROM: Final = 500
"""Events that ``read_from`` reads of one stream."""


class EventTooLarge(ValueError):
    """An event that Kafka would refuse is not appended. Names its type, stream and sizes."""

    safe = True


@dataclass(frozen=True, slots=True)
class Append:
    """One command: these events, all or none, to this stream.

    A decision names the ``expected_version`` it was taken on (0 for a new stream). A fact from
    outside passes ``ANY_VERSION``: its ids alone say whether it is new. ValueError for a command
    without events or with one id twice, EventTooLarge for one with more than ``MAX_EVENT_BYTES``.
    """

    stream: str
    expected_version: int | None
    events: tuple[NewEvent, ...]

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError(f"a command for {self.stream} has no events")
        if len({new.id for new in self.events}) < len(self.events):
            raise ValueError(f"a command for {self.stream} has one event id twice")
        for new in self.events:
            if len(new.data) > MAX_EVENT_BYTES:
                raise EventTooLarge(
                    f"{new.event.type_name()} for {self.stream} has {len(new.data):,} bytes of "
                    f"JSON, the limit is {MAX_EVENT_BYTES:,}: split or shorten it"
                )


@dataclass(frozen=True, slots=True)
class Appended:
    """The events stand in the stream, the last at ``version`` and ``position``."""

    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """Every event of the command was there already, with the same content."""

    version: int
    position: int


@dataclass(frozen=True, slots=True)
class WrongVersion:
    """Somebody was faster: the stream is at ``actual``. Fold it again and decide again."""

    actual: int


@dataclass(frozen=True, slots=True)
class IdTaken:
    """An event with one of these ids is there with other content: an error, nothing appended."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a stream says up to ``version``, whose event is ``event_id``; ``state`` is JSON."""

    stream: str
    version: int
    event_id: UUID
    state: str


AppendResult = Appended | Repeated | WrongVersion | IdTaken


class EventStore(Protocol):
    """Append-only streams of events.

    Positions follow the order of commit: a reader that has seen position p never finds an event
    below p later. One command's failure never fails another's in the same call.
    """

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        """The outcome of each command, in their order.

        The expected version is compared before the ids. Two commands for one stream in one call
        are decided one after the other.
        """

    async def read(self, stream: str) -> tuple[Recorded, ...]:
        """The stream's events by version; empty when there is none."""

    async def read_many(self, streams: Collection[str]) -> dict[str, tuple[Recorded, ...]]:
        """The events of many streams in one query; every asked stream is a key."""

    async def read_after(self, position: int, limit: int) -> tuple[Recorded, ...]:
        """Up to ``limit`` events after ``position``, by position."""

    async def read_named(
        self, names: Collection[str], since: datetime, position: int, limit: int
    ) -> tuple[Recorded, ...]:
        """Like ``read_after``, but only events of these names recorded at or after ``since``.

        What it costs does not depend on how many events have other names or were recorded before.
        """

    async def read_category(self, category: str, position: int, limit: int) -> tuple[Recorded, ...]:
        """Like ``read_after``, but only of a category's streams; of any category but ``order``."""

    async def read_from(self, versions: Mapping[str, int]) -> dict[str, tuple[Recorded, ...]]:
        """Of each stream the events from this version on, at most ``MOST_FROM`` of each.

        One query for all that ask at the same time. Every asked stream is a key.
        """

    async def streams(
        self, category: str, after: str = "", limit: int | None = None
    ) -> tuple[str, ...]:
        """The names of a category's streams after this one, sorted; all of them without limit."""

    async def snapshots(self, streams: Collection[str], fold: str) -> dict[str, Snapshot]:
        """The kept snapshots of these streams that this fold made."""

    async def keep_snapshots(self, snapshots: Sequence[Snapshot], fold: str) -> None:
        """Keep them, each in place of an older one or of one that another fold made."""

    async def names_of(self, streams: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Of each stream the names of its events by version, without what they say.

        One query. Every asked stream is a key.
        """

    async def streams_of(self, event_ids: Collection[UUID]) -> dict[UUID, str]:
        """The stream of each of these events that is there."""

    async def head(self) -> int:
        """The newest position; 0 when the store is empty."""

    async def wait(self, seconds: float) -> None:
        """Returns when something may have been appended, at the latest after ``seconds``."""
