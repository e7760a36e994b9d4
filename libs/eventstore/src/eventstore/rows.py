"""Events ⇄ rows: what is compressed, what is hashed, in which order the columns come."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import zstandard

from eventstore.store import Append, Appended, AppendResult, IdTaken, Repeated, WrongVersion
from ordersync_contracts.envelope import NewEvent, Recorded, Trace

COLUMNS: Final = (
    "event_id, stream_id, version, position, name, schema_version, occurred_at, recorded_at, "
    "source, correlation_id, causation_id, traceparent, chain, payload"
)
APPEND: Final = (
    "SELECT outcome, at_version, at_position FROM eventstore.append("
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
)
Undecompressable: Final = zstandard.ZstdError
"""The payload is not, or no longer, a whole zstd frame."""
MAX_BYTES: Final = 4 * 1024 * 1024
"""Payload in one transaction: more would hold the store's lock for too long."""
_SHORT: Final = 256
_MAGIC: Final = b"\x28\xb5\x2f\xfd"
"""How a zstd frame begins (RFC 8878, 3.1.1); JSON never does."""

# Made once: to begin a context costs more than to compress an event. Not for use by several
# threads; a store belongs to one event loop. Level -1 leaves out the entropy coding of literals:
# a fifth larger than level 1, written twice and read three times as fast.
_COMPRESSOR: Final = zstandard.ZstdCompressor(level=-1)
_DECOMPRESSOR: Final = zstandard.ZstdDecompressor()


def compress(data: bytes) -> bytes:
    """The event's JSON as stored: zstd at a fast level; a short one as it is.

    A short one would not get shorter, and beginning to compress is most of what it costs.
    """
    return data if len(data) < _SHORT else _COMPRESSOR.compress(data)


def decompress(payload: bytes) -> bytes:
    """The event's JSON as it was written."""
    return _DECOMPRESSOR.decompress(payload) if payload.startswith(_MAGIC) else payload


def digest(data: bytes) -> bytes:
    """What tells two contents apart: SHA-256 of the JSON."""
    return hashlib.sha256(data).digest()


def append_batches(commands: Sequence[Append]) -> Iterator[tuple[list[Any], ...]]:
    """The arrays that ``eventstore.append`` takes, of ``MAX_BYTES`` of payload a call at most."""
    part: list[tuple[Append, list[tuple[Any, ...]]]] = []
    size = 0
    for command in commands:
        rows = _event_rows(command)
        added = sum(len(row[-1]) for row in rows)
        if part and size + added > MAX_BYTES:
            yield _arguments(part)
            part, size = [], 0
        part.append((command, rows))
        size += added
    if part:
        yield _arguments(part)


def _arguments(part: Sequence[tuple[Append, list[tuple[Any, ...]]]]) -> tuple[list[Any], ...]:
    numbers = [number for number, (_, rows) in enumerate(part, start=1) for _ in rows]
    columns = [
        list(column) for column in zip(*(row for _, rows in part for row in rows), strict=True)
    ]
    return (
        [command.stream for command, _ in part],
        [command.expected_version for command, _ in part],
        [len(command.events) for command, _ in part],
        numbers,
        *columns,
    )


def _event_rows(command: Append) -> list[tuple[Any, ...]]:
    return [_event_row(nth, new) for nth, new in enumerate(command.events, start=1)]


def _event_row(nth: int, new: NewEvent) -> tuple[Any, ...]:
    data = new.data
    return (
        nth,
        new.id,
        new.event.type_name(),
        new.event.VERSION,
        new.occurred_at,
        new.trace.source,
        new.trace.correlation_id,
        new.trace.causation_id,
        new.trace.traceparent,
        new.event.FIRST_STANDS,
        digest(data),
        compress(data),
    )


def outcome(row: Mapping[str, Any]) -> AppendResult:
    """What became of one command."""
    match row["outcome"]:
        case "appended":
            return Appended(row["at_version"], row["at_position"])
        case "repeated":
            return Repeated(row["at_version"], row["at_position"])
        case "wrong_version":
            return WrongVersion(row["at_version"])
        case _:
            return IdTaken()


def recorded(rows: Sequence[Sequence[Any]]) -> tuple[Recorded, ...]:
    """The events from rows that begin with ``COLUMNS``."""
    return tuple([_recorded(row) for row in rows])


def _recorded(row: Sequence[Any]) -> Recorded:
    event = Recorded.__new__(Recorded)
    # At once: a frozen dataclass sets field by field, which is a quarter of what reading costs.
    event.__dict__.update(
        id=row[0],
        stream=row[1],
        version=row[2],
        position=row[3],
        name=row[4],
        schema_version=row[5],
        occurred_at=row[6],
        recorded_at=row[7],
        trace=Trace(row[8], row[9], row[10], row[11]),
        data=decompress(row[13]),
        chain=row[12],
    )
    return event
