"""The envelope: what travels with every event, in the store and as a CloudEvents 1.0 message.

In Kafka an event is a binary-mode CloudEvent (CloudEvents Kafka Protocol Binding 1.0): the value is
the event's JSON, every attribute a ``ce_`` header, the key the stream id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from ordersync_contracts import codec
from ordersync_contracts.events import Event

TYPE_PREFIX = "ordersync."
SCHEMA_PREFIX = "urn:ordersync:schema:"
Headers = list[tuple[str, bytes]]
_TYPE: Final = re.compile(
    re.escape(TYPE_PREFIX) + r"(?P<name>[A-Za-z]+)\.v(?P<version>[1-9][0-9]{0,3})"
)
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class NotOurMessage(ValueError):
    """The record's headers are not those of an ordersync event; names the header at fault."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an event comes from: who wrote it, because of what, in which conversation."""

    source: str
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True)
class NewEvent:
    """An event about to be appended."""

    id: UUID
    event: Event
    occurred_at: datetime
    trace: Trace

    @cached_property
    def data(self) -> bytes:
        """The event's JSON as it is stored and published; encoded once."""
        return codec.encode(self.event)


@dataclass(frozen=True)
class Recorded:
    """An event as it stands in the store.

    ``version`` counts within the stream from 1, ``position`` across the store; ``data`` is the
    event's JSON as written, in ``schema_version``. ``chain`` is the store's hash chain up to and
    with this event.
    """

    id: UUID
    stream: str
    version: int
    position: int
    name: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    trace: Trace
    data: bytes
    chain: bytes = b""

    @cached_property
    def event(self) -> Event:
        """The event in its newest shape; raises what ``codec.decode`` raises."""
        return codec.decode_once(self.name, self.schema_version, self.data)


@dataclass(frozen=True, slots=True)
class Message:
    """What a consumer learns from a record's headers, the data still undecoded."""

    id: UUID
    name: str
    schema_version: int
    stream: str
    version: int
    position: int
    correlation_id: str
    traceparent: str
    replayed: bool

    def decode(self, data: bytes) -> Event:
        """The event in its newest shape; raises what ``codec.decode`` raises."""
        return codec.decode_once(self.name, self.schema_version, data)


def to_headers(
    recorded: Recorded, *, shard: str = "0", epoch: int = 0, replayed: bool = False
) -> Headers:
    """The record's headers. ``epoch`` is raised after a database restore."""
    trace = recorded.trace
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(recorded.id),
        "ce_type": f"{TYPE_PREFIX}{recorded.name}.v{recorded.schema_version}",
        "ce_source": f"/ordersync/{trace.source}",
        "ce_subject": recorded.stream,
        "ce_time": recorded.occurred_at.isoformat(),
        "ce_dataschema": f"{SCHEMA_PREFIX}{recorded.name}.v{recorded.schema_version}",
        "ce_partitionkey": recorded.stream,
        "ce_sequence": str(recorded.version),
        "ce_position": str(recorded.position),
        "ce_shard": shard,
        "ce_epoch": str(epoch),
        "ce_correlationid": trace.correlation_id,
        "ce_causationid": trace.causation_id,
        "ce_chain": recorded.chain.hex(),
        "ce_replayed": "true" if replayed else "",
        "content-type": "application/json",
        "traceparent": trace.traceparent,
    }
    return [(key, value.encode()) for key, value in attributes.items() if value]


def from_headers(headers: Mapping[str, str]) -> Message:
    """What the headers say; NotOurMessage names the missing or malformed one."""
    event_type = _TYPE.fullmatch(_required(headers, "ce_type"))
    if event_type is None:
        raise NotOurMessage(f"header ce_type is not {TYPE_PREFIX}<Event>.v<version>")
    return Message(
        id=_uuid(headers, "ce_id"),
        name=event_type["name"],
        schema_version=int(event_type["version"]),
        stream=_required(headers, "ce_subject"),
        version=_whole_number(headers, "ce_sequence"),
        position=_whole_number(headers, "ce_position"),
        correlation_id=headers.get("ce_correlationid", ""),
        traceparent=headers.get("traceparent", ""),
        replayed=headers.get("ce_replayed") == "true",
    )


def _required(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise NotOurMessage(f"header {name} is missing")
    return value


def _uuid(headers: Mapping[str, str], name: str) -> UUID:
    value = _required(headers, name)
    try:
        return UUID(value)
    except ValueError:
        raise NotOurMessage(f"header {name} is not a UUID") from None


def _whole_number(headers: Mapping[str, str], name: str) -> int:
    value = _required(headers, name)
    if _NUMBER.fullmatch(value) is None:
        raise NotOurMessage(f"header {name} is not a whole number")
    return int(value)
