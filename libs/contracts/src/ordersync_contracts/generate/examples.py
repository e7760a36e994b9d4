"""A minimal and a full example of each event, made from its fields and ``example_values``."""

import json
from typing import Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ordersync_contracts.codec import encode
from ordersync_contracts.events import Event
from ordersync_contracts.events.event import Example
from ordersync_contracts.generate.example_values import VALUES

CASES: Final = ("full", "minimal")
"""``minimal``: only what is required; ``full``: every field, none at its default."""


class NoExampleValue(LookupError):
    """A field has no value in ``example_values``; names the field."""


def example_of(event: type[Event], case: str) -> Event:
    """The event's example; NoExampleValue when ``example_values`` lacks a field."""
    example: Event = event.model_validate_json(json.dumps(_fields(event, case == "full")))
    return example


def example_text(event: type[Event], case: str) -> str:
    """The example as its file's text: what ``encode`` writes, indented for reading."""
    data = json.loads(encode(example_of(event, case)))
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _fields(model: type[BaseModel], full: bool) -> dict[str, object]:
    return {
        name: _value(model, name, field, full)
        for name, field in model.model_fields.items()
        if full or field.is_required()
    }


def _value(model: type[BaseModel], name: str, field: FieldInfo, full: bool) -> object:
    place = f"{model.__name__}.{name}"
    beside = next((part.value for part in field.metadata if isinstance(part, Example)), None)
    given = VALUES.get(place, VALUES.get(name)) if beside is None else beside
    return _from_type(place, field.annotation, full) if given is None else given


def _from_type(place: str, annotation: object, full: bool) -> object:
    """A value that follows from the type: yes, an alternative, or an example of the part."""
    alternatives = get_args(annotation)
    match get_origin(annotation) or annotation:
        case origin if origin is bool:
            return full
        case origin if origin is Literal:
            return alternatives[-1 if full else 0]
        case origin if origin is tuple:
            return [_from_type(place, alternatives[0], full)]
        case type() as model if issubclass(model, BaseModel):
            return _fields(model, full)
        case _ if alternatives:
            return _from_type(place, alternatives[0], full)
    raise NoExampleValue(f"example_values says nothing of {place}")
