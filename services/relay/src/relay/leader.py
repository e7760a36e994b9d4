"""The leader's loop: read by position, publish, then move the checkpoint.

Every event is in its topic at least once, first deliveries in stream order per key: the next page
goes out only after the one before it is acknowledged, and any failure starts again from the
checkpoint with a new producer.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import KW_ONLY, dataclass

from eventstore.store import EventStore
from eventstore.tail import tail
from ordersync_contracts import topics
from ordersync_contracts.envelope import Recorded, to_headers
from relay.metrics import Metrics
from relay.tables import Checkpoint
from runtime.publisher import Message, Publisher
from runtime.session import Lease

OpenPublisher = Callable[[], AbstractAsyncContextManager[Publisher]]


@dataclass(frozen=True, slots=True)
class Route:
    """How an event becomes a record: the topics' prefix, the store's shard and epoch."""

    topic_prefix: str
    shard: str
    epoch: int

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
            async for page in pages:
                lease.check()
                if not page:
                    continue
                await publisher.send([self.route.to_message(recorded) for recorded in page])
                lease.check()
                await self.checkpoint.move(page[-1].position)
                self.metrics.published(page)

    def _pages(self, position: int) -> AsyncGenerator[tuple[Recorded, ...], None]:
        return tail(
            self.store,
            position,
            page=self.page,
            poll_s=self.poll_interval_s,
            gather_s=self.gather_s,
        )
