"""A topic's events once more, from the store: what is wrong downstream is done again.

Published to the replay topic of every group that consumes the topic, marked ``ce_replayed``. A
replayed record is a wake-up like any other: what stands in Shopify is not created again.
"""

import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connections.backpressure import MOST_RECORDS, Backpressure, InTheWay
from eventstore.store import EventStore
from ordersync_contracts import topics
from ordersync_contracts.envelope import Recorded, to_headers
from ordersync_contracts.topics import Topic
from runtime.publisher import Message

PAGE = 500
Send = Callable[[Sequence[Message]], Awaitable[None]]


class NotReplayable(ValueError):
    """What was asked for cannot be replayed; says what can."""

    safe = True


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: of one topic, recorded in ``[since, until]``, for these groups."""

    topic: Topic
    since: datetime
    until: datetime
    groups: tuple[str, ...]

    @property
    def names(self) -> Collection[str]:
        """The names of the topic's events."""
        return frozenset(event.type_name() for event in self.topic.events)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would publish: events by name; each goes to every group."""

    topic: str
    groups: tuple[str, ...]
    events: Mapping[str, int]
    orders: int

    @property
    def records(self) -> int:
        """How many records that makes."""
        return sum(self.events.values()) * len(self.groups)


def select(topic: str, since: datetime, until: datetime, group: str | None) -> Selection:
    """The selection, checked; NotReplayable names what there is instead."""
    declared = topics.BY_NAME.get(topic)
    if declared is None:
        known = ", ".join(sorted(topic.name for topic in topics.ALL if topic.consumers))
        raise NotReplayable(f"no topic {topic}; replayable are: {known}")
    groups = tuple(consumer for consumer in declared.consumers if group in {None, consumer})
    if not groups:
        consumers = ", ".join(declared.consumers) or "no group"
        raise NotReplayable(
            f"{topic} is consumed by {consumers}"
            + (f", not by {group}" if group else ": there is nobody to replay it to")
        )
    if since > until:
        raise NotReplayable("--since lies after --until")
    return Selection(declared, since, until, groups)


async def pages(store: EventStore, chosen: Selection) -> AsyncIterator[tuple[Recorded, ...]]:
    """The chosen events by position. Recording times grow with positions, so it stops in time."""
    position = 0
    while True:
        page = await store.read_named(chosen.names, chosen.since, position, PAGE)
        wanted = tuple(recorded for recorded in page if recorded.recorded_at <= chosen.until)
        if wanted:
            yield wanted
        if len(wanted) < PAGE:
            return
        position = page[-1].position


async def plan(store: EventStore, chosen: Selection) -> Plan:
    """What executing would publish; reads, and publishes nothing."""
    counted: Counter[str] = Counter()
    streams: set[str] = set()
    async for page in pages(store, chosen):
        counted.update(recorded.name for recorded in page)
        streams.update(recorded.stream for recorded in page)
    return Plan(chosen.topic.name, chosen.groups, dict(counted), len(streams))


@dataclass(frozen=True)
class Replay:
    """How replayed events become records, and what holds them back."""

    store: EventStore
    send: Send
    backpressure: Backpressure
    report: Callable[[str], None]
    topic_prefix: str = ""
    shard: str = "0"
    epoch: int = 0

    async def execute(self, chosen: Selection) -> int:
        """Publish the selection, a page at a time; the number of records published."""
        published = 0
        async for page in pages(self.store, chosen):
            await self._room()
            messages = self._messages(page, chosen.groups)
            await self.send(messages)
            published += len(messages)
            self.report(f"{published} records published, up to {page[-1].recorded_at.isoformat()}")
        return published

    async def _room(self) -> None:
        reported = False

        def waiting(found: InTheWay) -> None:
            nonlocal reported
            if not reported:
                self.report(f"waiting: {_why(found)}")
            reported = True

        await self.backpressure.room(waiting=waiting)

    def _messages(self, page: Sequence[Recorded], groups: Sequence[str]) -> list[Message]:
        return [
            Message(
                topic=self.topic_prefix + topics.replay_topic(group),
                key=recorded.stream.encode(),
                value=recorded.data,
                headers=to_headers(recorded, shard=self.shard, epoch=self.epoch, replayed=True),
            )
            for group in groups
            for recorded in page
        ]


def _why(found: InTheWay) -> str:
    if math.inf in found.values():
        return f"{', '.join(found)} does not say how many records are waiting"
    who = ", ".join(f"{group} ({records:.0f})" for group, records in found.items())
    return f"more than {MOST_RECORDS} records behind: {who}"
