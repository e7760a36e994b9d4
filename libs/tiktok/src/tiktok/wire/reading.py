"""How raw JSON becomes a wire object without ever raising.

One pass over the raw object drops empty values and notes what is unknown or no number. Then
pydantic validates; what it refuses is taken out, noted, and the rest is validated again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from tiktok.wire.values import IsMoney, WireObject, WireRecord, is_number

M = TypeVar("M", bound=WireRecord)

_MOST_PASSES = 10
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")


def read(model: type[M], raw: Mapping[str, object]) -> M:
    """Return ``raw`` as ``model``, whatever is in it."""
    notes = _Notes()
    tidy = _tidied(model, raw, "", notes)
    for _ in range(_MOST_PASSES):
        try:
            return model.model_validate(tidy | notes.as_fields())
        except ValidationError as failure:
            refused = failure.errors(include_url=False, include_context=False, include_input=False)
            _take_out(tidy, [error["loc"] for error in refused], notes)
    return model.model_validate(notes.as_fields())


@dataclass
class _Notes:
    problems: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)

    def as_fields(self) -> dict[str, Any]:
        return {"problems": tuple(self.problems), "unknown_fields": tuple(self.unknown)}


@dataclass(frozen=True)
class _Known:
    """What a model's field holds: money, an object, or anything else."""

    is_money: bool
    model: type[WireObject] | None


@cache
def _known(model: type[WireObject]) -> dict[str, _Known]:
    ours = WireRecord.model_fields
    fields = {name: _kind(f) for name, f in model.model_fields.items() if name not in ours}
    return fields | dict.fromkeys(model.UNREAD, _Known(is_money=False, model=None))


def _kind(info: FieldInfo) -> _Known:
    parts = _parts(info.annotation) | {type(mark) for mark in info.metadata}
    models = [part for part in parts if isinstance(part, type) and issubclass(part, WireObject)]
    return _Known(IsMoney in parts, models[0] if models else None)


def _parts(annotation: object) -> set[Any]:
    """Return every type inside an annotation, and the types of its marks."""
    inner = get_args(annotation)
    if not inner:
        return {annotation if isinstance(annotation, type) else type(annotation)}
    return set().union(*(_parts(part) for part in inner))


def _tidied(
    model: type[WireObject], raw: Mapping[str, object], path: str, notes: _Notes
) -> dict[str, Any]:
    known = _known(model)
    tidy: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            notes.unknown[_without_indices(f"{path}{_name(name)}")] = None
        elif value is not None and value != "":
            tidy[name] = _tidied_value(known[name], value, f"{path}{name}", notes)
    return tidy


def _tidied_value(known: _Known, value: object, path: str, notes: _Notes) -> object:
    if known.is_money and not isinstance(value, (dict, list, bool)) and not is_number(str(value)):
        notes.problems[path] = None
    if known.model is None:
        return list(value) if isinstance(value, list) else value
    if isinstance(value, dict):
        return _tidied(known.model, value, f"{path}.", notes)
    if isinstance(value, list):
        return [
            _tidied_value(known, entry, f"{path}[{index}]", notes)
            for index, entry in enumerate(_in_order(known.model, value))
        ]
    return value


def _in_order(model: type[WireObject], entries: list[Any]) -> list[Any]:
    """By what they are; problems are named by this order too. What is no object comes last."""

    def place(entry: object) -> tuple[bool, list[str]]:
        if not isinstance(entry, dict):
            return True, []
        return False, [str(entry.get(name) or "") for name in model.SORTED_BY]

    return sorted(entries, key=place) if model.SORTED_BY else entries


def _take_out(tidy: dict[str, Any], places: list[tuple[int | str, ...]], notes: _Notes) -> None:
    """Remove what stands at each place. A list keeps its length: an entry becomes empty first."""
    for place in sorted(set(places), key=_from_the_end):
        notes.problems[_path(place)] = None
        holder: Any = tidy
        for step in place[:-1]:
            holder = holder[step]
        last = place[-1]
        if isinstance(last, int) and holder[last] != {}:
            holder[last] = {}
        else:
            del holder[last]


def _from_the_end(place: tuple[int | str, ...]) -> tuple[int, ...]:
    return tuple(-step for step in place if isinstance(step, int))


def _path(place: tuple[int | str, ...]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
    return "".join(steps).lstrip(".")


def _name(name: str) -> str:
    return name if _FIELD_NAME.fullmatch(name) else "?"


def _without_indices(path: str) -> str:
    """Return the path with its indices left out, so that 100 lines make one name."""
    return re.sub(r"\[\d+\]", "[]", path)
