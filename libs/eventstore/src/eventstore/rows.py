"""Events ⇄ rows: what is compressed, what is hashed, in which order the columns come."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import cramjam

from contracts import codec
from contracts.envelope import NewEvent, Recorded, Trace
from eventstore.store import Append, Appended, IdTaken, Outcome, Repeated, WrongVersion

COLUMNS: Final = (
    "event_id, stream_id, version, position, name, schema_version, occurred_at, recorded_at, "
    "source, correlation_id, causation_id, traceparent, chain, payload"
)
APPEND: Final = (
    "SELECT outcome, at_version, at_position FROM eventstore.append("
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
)
Undecompressable: Final = cramjam.DecompressionError
"""The payload is not, or no longer, a whole zstd frame."""
MAX_BYTES: Final = 4 * 1024 * 1024
"""Payload in one transaction: more would hold the store's lock for too long."""
_ZSTD_LEVEL: Final = 1
_SHORT: Final = 256


def compress(data: bytes) -> bytes:
    """The event's JSON as stored: zstd at its fastest level; a short one as it is.

    A short one would not get shorter, and beginning to compress is most of what it costs.
    """
    return data if len(data) < _SHORT else _zstd(data)


def _zstd(data: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(data, level=_ZSTD_LEVEL))


def decompress(payload: bytes) -> bytes:
    """The event's JSON as it was written."""
    return bytes(cramjam.zstd.decompress(payload)) if _is_zstd(payload) else payload


def _is_zstd(payload: bytes) -> bool:
    return payload.startswith(_MAGIC)


_MAGIC: Final = b"\x28\xb5\x2f\xfd"
"""How a zstd frame begins (RFC 8878, 3.1.1); JSON never does."""
_BETWEEN: Final = _zstd(b"\n")
"""A frame that says only where one event ends: JSON as we write it holds no line break."""


def decompress_all(payloads: Sequence[bytes]) -> list[bytes]:
    """As ``decompress`` of each, three times as fast: what costs is to begin, not to go on."""
    frames = [payload for payload in payloads if _is_zstd(payload)]
    if not frames:
        return list(payloads)
    contents = bytes(cramjam.zstd.decompress(_BETWEEN.join(frames))).split(b"\n")
    if len(contents) != len(frames):  # JSON with line breaks in it: not written by us
        return [decompress(payload) for payload in payloads]
    following = iter(contents)
    return [next(following) if _is_zstd(payload) else payload for payload in payloads]


def digest(data: bytes) -> bytes:
    """What tells two contents apart: SHA-256 of the JSON."""
    return hashlib.sha256(data).digest()


def append_arguments(commands: Sequence[Append]) -> tuple[list[Any], ...]:
    """The commands as the parallel arrays that ``eventstore.append`` takes."""
    return _arguments([(command, _event_rows(command)) for command in commands])


def append_batches(commands: Sequence[Append]) -> Iterator[tuple[list[Any], ...]]:
    """As ``append_arguments``, in as many calls as ``MAX_BYTES`` of payload asks for."""
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
    data = codec.encode(new.event)
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


def outcome(row: Mapping[str, Any]) -> Outcome:
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
    """The events from rows of ``COLUMNS``."""
    contents = decompress_all([row[13] for row in rows])
    return tuple(_recorded(row, data) for row, data in zip(rows, contents, strict=True))


def _recorded(row: Sequence[Any], data: bytes) -> Recorded:
    return Recorded(
        id=row[0],
        stream=row[1],
        version=row[2],
        position=row[3],
        name=row[4],
        schema_version=row[5],
        occurred_at=row[6],
        recorded_at=row[7],
        trace=Trace(row[8], row[9], row[10], row[11]),
        data=data,
        chain=row[12],
    )
