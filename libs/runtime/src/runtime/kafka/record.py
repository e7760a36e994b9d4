"""A Kafka record as a consumer's code sees it, and the two things its decoder may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from aiokafka import ConsumerRecord

Raw: TypeAlias = ConsumerRecord[bytes, bytes]
"""A record as aiokafka hands it over."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record; ``timestamp`` is aware UTC, key and header values are decoded as UTF-8.

    Bytes that are not UTF-8 become replacement characters here; a dead topic gets the original.
    """

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: str | None = field(repr=False)
    value: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class Undecodable(Exception):
    """The record can never be read; the reason (names only, no values) goes to the dead topic."""

    safe = True

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NewerVersion(Exception):
    """The record was written by a newer ordersync; it waits in its partition for a newer reader."""

    safe = True


def to_record(raw: Raw) -> Record:
    """What aiokafka received, in our terms; ``raw.value`` is not None (no tombstone)."""
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        timestamp=datetime.fromtimestamp(raw.timestamp / 1000, UTC),
        key=None if raw.key is None else raw.key.decode(errors="replace"),
        value=raw.value or b"",
        headers={name: (value or b"").decode(errors="replace") for name, value in raw.headers},
    )
