"""Which topic carries which event: made of what each event declares beside its fields.

One topic per order event, named after it, so that each stage scales and replays by itself; one
topic each for shop, product-link and reconciliation events, because order matters within them.
The Kafka key is always the stream id. Everything else about topics is derived from here.
"""

import re
from dataclasses import dataclass

from ordersync_contracts import events
from ordersync_contracts.events import Event, OrderEvent, ShopEvent

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its events, who writes them to the store, which groups consume them."""

    name: str
    events: tuple[type[Event], ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...] = ()
    partitions: int = 12
    retention_ms: int = 14 * DAY_MS


def _own(event: type[OrderEvent]) -> Topic:
    words = re.findall("[A-Z][a-z]*", event.type_name())
    return Topic("-".join(words).lower(), (event,), event.PRODUCERS, event.CONSUMERS)


def _shared(name: str, producers: tuple[str, ...], consumers: tuple[str, ...] = ()) -> Topic:
    shop_events = (event for event in events.ALL if issubclass(event, ShopEvent))
    shared = tuple(event for event in shop_events if name == event.TOPIC)
    return Topic(name, shared, producers, consumers)


SHOP = _shared(
    "shop", ("console", "fetcher", "shopify-writer", "status-tracker"), ("mapper", "shopify-writer")
)
ALL: tuple[Topic, ...] = (
    *(_own(event) for event in events.ALL if issubclass(event, OrderEvent)),
    SHOP,
    _shared("product-link", ("console", "mapper", "shopify-writer"), ("mapper",)),
    _shared("reconciliation", ("fetcher", "shopify-writer")),
)

BY_NAME: dict[str, Topic] = {topic.name: topic for topic in ALL}
BY_EVENT: dict[str, Topic] = {event.type_name(): topic for topic in ALL for event in topic.events}
GROUPS: tuple[str, ...] = tuple(sorted({group for topic in ALL for group in topic.consumers}))


def consumed_by(group: str) -> tuple[Topic, ...]:
    """The topics a consumer group reads live."""
    return tuple(topic for topic in ALL if group in topic.consumers)


def replay_topic(group: str) -> str:
    """Where replays for one group go, beside its live topics."""
    return f"{group}-replay"


def dead_topic(group: str) -> str:
    """Where records go that a group cannot read."""
    return f"{group}-dead"
