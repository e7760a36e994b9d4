"""What a Kafka record is to a consumer: a wake-up on a stream, checked and decoded."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from prometheus_client import CollectorRegistry

from eventstore.journal import Cause
from ordersync_contracts import codec, envelope, topics
from ordersync_contracts.events import Event
from runtime import kafka
from runtime.kafka import DeliveryPolicy, NewerVersion, Record, Undecodable
from runtime.service import Service, Task, serve
from runtime.settings import Settings

DEFAULT_POLICY: Final = DeliveryPolicy()
_NONE: Final[Mapping[str, Task]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wakeup:
    """An event that arrived: which stream it wakes, and what it says.

    ``position`` is the event's in the store; ``is_replayed``: somebody had it delivered once more,
    so what comes of it goes before nothing new.
    """

    cause: Cause
    event: Event = field(repr=False)
    version: int
    position: int = 0
    is_replayed: bool = False

    @property
    def stream(self) -> str:
        """The stream it belongs to."""
        return self.cause.stream


def decode(record: Record) -> Wakeup:
    """The wake-up in a record.

    Raises Undecodable for a record that can never be read (not ours, unknown, failing its schema)
    and NewerVersion for one that a newer reader will understand.
    """
    try:
        message = envelope.from_headers(record.headers)
        event = message.decode(record.value)
    except codec.NewerVersion as error:
        raise NewerVersion(str(error)) from None
    except (envelope.NotOurMessage, codec.UnknownEvent, codec.UnreadableEvent) as error:
        raise Undecodable(str(error)) from None
    cause = Cause(message.stream, str(message.id), message.correlation_id, message.traceparent)
    return Wakeup(cause, event, message.version, message.position, message.replayed)


def subscribe_group(
    connection: kafka.Connection,
    group: str,
    handle: Callable[[Sequence[Wakeup]], Awaitable[None]],
    *,
    topic_prefix: str,
    policy: DeliveryPolicy = DEFAULT_POLICY,
) -> None:
    """Deliver to ``handle`` everything that ``ordersync_contracts.topics`` says the group consumes.

    The prefix goes before topic and group names alike, so that systems can share a cluster.
    """
    kafka.subscribe(
        connection,
        [topic_prefix + topic.name for topic in topics.consumed_by(group)],
        group=topic_prefix + group,
        decode=decode,
        handle=handle,
        dead_topic=topic_prefix + topics.dead_topic(group),
        replay_topic=topic_prefix + topics.replay_topic(group),
        policy=policy,
    )


async def serve_group(
    service: Service,
    group: str,
    settings: Settings,
    registry: CollectorRegistry,
    *,
    also: Mapping[str, Task] = _NONE,
) -> int:
    """Serve a service that consumes as ``group``; the process's exit code (``runtime.service``).

    ``also``: tasks beside the service's own, such as answering on its endpoints.
    """
    if service.on_records is None:
        raise ValueError(f"{group} handles no records: serve it with runtime.service.serve")
    connection = kafka.connect(settings.kafka_bootstrap, client_id=group, registry=registry)
    subscribe_group(connection, group, service.on_records, topic_prefix=settings.topic_prefix)
    return await serve(
        settings,
        {"consume": lambda: kafka.consume(connection), **service.tasks, **also},
        readiness={"kafka": connection.ready, **service.readiness},
        watchdog=connection.watchdog,
        registry=connection.registry,
    )
