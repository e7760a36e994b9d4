"""The leader's loop: read by position, publish, then move the checkpoint.

An event that it does not know (after a rollback) is set aside durably and stops nothing: whichever
relay knows its topic publishes it, when it begins to lead.

Every event is in its topic at least once, first deliveries in stream order per key: the next page
goes out only after the one before it is acknowledged, and any failure starts again from the
checkpoint with a new producer.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import KW_ONLY, dataclass

import structlog

from eventstore.store import EventStore
from eventstore.tail import tail
from ordersync_contracts import topics
from ordersync_contracts.envelope import Recorded, to_headers
from relay.checkpoint import Checkpoint
from relay.metrics import Metrics
from runtime.publisher import Message, Publisher
from runtime.session import Lease

log = structlog.get_logger()
OpenPublisher = Callable[[], AbstractAsyncContextManager[Publisher]]


@dataclass(frozen=True, slots=True)
class Route:
    """How an event becomes a record: the topics' prefix, the store's shard and epoch."""

    topic_prefix: str
    shard: str
    epoch: int

    def knows(self, recorded: Recorded) -> bool:
        """Whether the event has a topic here; a newer version's may not."""
        return recorded.name in topics.BY_EVENT

    def to_message(self, recorded: Recorded) -> Message:
        """The record of one event; the key is its stream, so a stream keeps its order."""
        return Message(
            topic=self.topic_prefix + topics.BY_EVENT[recorded.name].name,
            key=recorded.stream.encode(),
            value=recorded.data,
            headers=to_headers(recorded, shard=self.shard, epoch=self.epoch),
        )


@dataclass(frozen=True, slots=True)
class Leader:
    """Publishes from the checkpoint on, for as long as its lease holds."""

    store: EventStore
    checkpoint: Checkpoint
    open_publisher: OpenPublisher
    route: Route
    metrics: Metrics
    _: KW_ONLY
    page: int
    poll_interval_s: float
    gather_s: float

    async def lead(self, lease: Lease) -> None:
        """Runs until the lease is lost or something fails; the caller leads again."""
        position = await self.checkpoint.take_over()
        async with self.open_publisher() as publisher, aclosing(self._pages(position)) as pages:
            await self._make_up(publisher, lease)
            async for page in pages:
                lease.check()
                if not page:
                    continue
                published = await self._publish(publisher, page)
                lease.check()
                await self.checkpoint.move(page[-1].position)
                self.metrics.moved(page[-1], published)

    async def _make_up(self, publisher: Publisher, lease: Lease) -> None:
        """Publish what a relay that did not know its topic set aside, as far as we know it."""
        after = 0
        while aside := await self.checkpoint.aside(after, self.page):
            lease.check()
            after = max(aside)
            positions = [at for at, name in aside.items() if name in topics.BY_EVENT]
            if not positions:
                continue
            events = [(await self.store.read_after(at - 1, 1))[0] for at in positions]
            published = await self._publish(publisher, events)
            await self.checkpoint.published_aside(positions)
            self.metrics.made_up(published)
            log.info("relay.made_up", events=published)

    async def _publish(self, publisher: Publisher, page: Sequence[Recorded]) -> int:
        """How many are in Kafka; what has no topic here is set aside."""
        known = [recorded for recorded in page if self.route.knows(recorded)]
        unknown = [recorded for recorded in page if not self.route.knows(recorded)]
        if unknown:
            await self.checkpoint.set_aside(unknown)
            names = sorted({recorded.name for recorded in unknown})
            log.warning("relay.unknown_events_set_aside", events=len(unknown), names=names)
        if known:
            await publisher.send([self.route.to_message(recorded) for recorded in known])
        return len(known)

    def _pages(self, position: int) -> AsyncGenerator[tuple[Recorded, ...], None]:
        return tail(
            self.store,
            position,
            page=self.page,
            poll_s=self.poll_interval_s,
            gather_s=self.gather_s,
        )
