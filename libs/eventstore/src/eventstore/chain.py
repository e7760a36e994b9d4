"""The hash chain over what is stored: each event's value follows from the one before it.

``migrations/0001_events.sql`` computes it while appending; this is the same in Python, to check
what is stored without trusting the database that stores it.
"""

import hashlib
import struct
from datetime import UTC, datetime, timedelta
from typing import Final

from ordersync_contracts.envelope import Recorded

FIRST: Final = hashlib.sha256(b"").digest()
"""What the chain begins with."""
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def link(before: bytes, event: Recorded) -> bytes:
    """The chain's value at ``event``, after ``before``."""
    return hashlib.sha256(before + content(event)).digest()


def content(event: Recorded) -> bytes:
    """Everything in the row, as PostgreSQL's ``record_send`` gives it; the JSON by its SHA-256.

    The number of fields, then of each its type's number, its length and its binary form.
    """
    fields = (
        _int8(event.position),
        _field(2950, event.id.bytes),
        _text(event.stream),
        _field(23, struct.pack(">i", event.version)),
        _text(event.name),
        _field(21, struct.pack(">h", event.schema_version)),
        _time(event.occurred_at),
        _time(event.recorded_at),
        _text(event.trace.source),
        _text(event.trace.correlation_id),
        _text(event.trace.causation_id),
        _text(event.trace.traceparent),
        _field(17, hashlib.sha256(event.data).digest()),
    )
    return struct.pack(">i", len(fields)) + b"".join(fields)


def _field(type_number: int, value: bytes) -> bytes:
    return struct.pack(">Ii", type_number, len(value)) + value


def _text(value: str) -> bytes:
    return _field(25, value.encode())


def _int8(value: int) -> bytes:
    return _field(20, struct.pack(">q", value))


def _time(value: datetime) -> bytes:
    return _field(1184, struct.pack(">q", (value - _EPOCH) // _MICROSECOND))
