"""Event ⇄ bytes: the newest version is written, every version ever published is read."""

import json
from collections.abc import Mapping

from contracts import events, upcast
from contracts.events import Event


class UnknownEvent(ValueError):
    """The bytes name an event that is not in the catalogue."""


class UnreadableEvent(ValueError):
    """The bytes are not a valid instance of the event they name; says which fields, no values."""


class NewerVersion(Exception):
    """The event was written by a newer version of ordersync: it waits for a newer reader."""


def encode(event: Event) -> bytes:
    """The event's JSON, UTF-8, absent optional fields left out; equal events give equal bytes."""
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
    except ValueError as error:
        raise UnreadableEvent(f"{name}.v{version}: {_fields_at_fault(error)}") from None


def _fields_at_fault(error: ValueError) -> str:
    listing = getattr(error, "errors", None)
    if listing is None:
        return "not JSON"
    details = listing(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc']) or 'data'}: {detail['type']}"
        for detail in details[:5]
    )
