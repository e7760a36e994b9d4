"""The leader's loop: read by position, publish, then move the checkpoint.

Every event is in its topic at least once, first deliveries in stream order per key: the next page
goes out only after the one before it is acknowledged, and any failure starts again from the
checkpoint with a new producer.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass

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


class Leader:
    """Publishes from the checkpoint on, for as long as its lease holds."""

    def __init__(
        self,
        store: EventStore,
        checkpoint: Checkpoint,
        open_publisher: OpenPublisher,
        route: Route,
        metrics: Metrics,
        *,
        page: int,
        poll_interval_s: float,
        gather_s: float,
    ) -> None:
        self._store = store
        self._checkpoint = checkpoint
        self._open_publisher = open_publisher
        self._route = route
        self._metrics = metrics
        self._page = page
        self._poll_interval_s = poll_interval_s
        self._gather_s = gather_s

    async def lead(self, lease: Lease) -> None:
        """Runs until the lease is lost or something fails; the caller leads again."""
        position = await self._checkpoint.take_over()
        async with self._open_publisher() as publisher, aclosing(self._pages(position)) as pages:
            async for page in pages:
                lease.check()
                if not page:
                    continue
                await publisher.send([self._route.to_message(recorded) for recorded in page])
                lease.check()
                await self._checkpoint.move(page[-1].position)
                self._metrics.published(page)

    def _pages(self, position: int) -> AsyncGenerator[tuple[Recorded, ...], None]:
        return tail(
            self._store,
            position,
            page=self._page,
            poll_s=self._poll_interval_s,
            gather_s=self._gather_s,
        )
