"""What a Kafka record is to a consumer: a wake-up on a stream, checked and decoded."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from eventstore.decisions import Cause
from ordersync_contracts import codec, envelope, topics
from ordersync_contracts.events import Event
from runtime import kafka
from runtime.kafka import DeliveryPolicy, NewerVersion, Record, Undecodable

DEFAULT_POLICY = DeliveryPolicy()


@dataclass(frozen=True, slots=True)
class Wakeup:
    """An event that arrived: which stream it wakes, and what it says."""

    cause: Cause
    event: Event = field(repr=False)
    version: int

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
    return Wakeup(cause, event, message.version)


def subscribe_group(
    connection: kafka.Connection,
    group: str,
    handle: Callable[[Sequence[Wakeup]], Awaitable[None]],
    *,
    topic_prefix: str = "",
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
