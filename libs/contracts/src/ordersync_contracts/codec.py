"""Event ⇄ bytes: the newest version is written, every version ever published is read."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pydantic import ValidationError

from ordersync_contracts import events, upcast
from ordersync_contracts.events import Event

_MALFORMED: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What validation and a pure upcasting step raise on data of another shape."""


class UnknownEvent(ValueError):
    """The bytes name an event that is not in the catalogue."""

    safe = True
    exit_code = 1


class UnreadableEvent(ValueError):
    """The bytes are not a valid instance of the event they name; says which fields, no values."""

    safe = True
    exit_code = 1


class NewerVersion(Exception):
    """The event was written by a newer version of ordersync: it waits for a newer reader."""

    safe = True


UNREADABLE: Final = (*_MALFORMED, NewerVersion)
"""What reading and folding a stream raises over what its events hold: nothing of it is away."""


def encode(event: Event) -> bytes:
    """The event's JSON, UTF-8, fields at their default left out.

    The same event always gives the same bytes; amounts and times are written as they were given
    (10.5 is not 10.50).
    """
    return event.model_dump_json(exclude_defaults=True).encode()


def decode(
    name: str,
    version: int,
    data: bytes,
    *,
    catalogue: Mapping[str, type[Event]] = events.BY_NAME,
    steps: upcast.Steps = upcast.STEPS,
) -> Event:
    """The event in its newest shape.

    Raises UnknownEvent, NewerVersion or UnreadableEvent; their texts hold names, never values.
    """
    event_type = catalogue.get(name)
    if event_type is None:
        raise UnknownEvent(f"no event is called {name!r}")
    if version > event_type.VERSION:
        raise NewerVersion(
            f"{name}.v{version} is newer than v{event_type.VERSION}, the newest known"
        )
    try:
        if version == event_type.VERSION:
            return event_type.model_validate_json(data)
        old = json.loads(data)
        return event_type.model_validate(
            upcast.upcast(name, version, event_type.VERSION, old, steps), strict=False
        )
    except _MALFORMED as error:
        raise UnreadableEvent(f"{name}.v{version}: {_fields_at_fault(error)}") from None


@lru_cache(maxsize=1024)
def decode_once(name: str, version: int, data: bytes) -> Event:
    """As ``decode``; what was decoded a moment ago is not decoded again.

    A consumer meets most events twice, in the record that wakes it and in the stream it reads.
    """
    return decode(name, version, data)


def _fields_at_fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "not JSON"
    if not isinstance(error, ValidationError):
        return "not in the shape of its version"
    details = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc']) or 'data'}: {detail['type']}"
        for detail in details[:5]
    )
