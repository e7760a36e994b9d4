"""Input values to Python values, all problems of a value at once, in Shopify's words.

An input type is compiled once into a function `(value, path, problems) -> coerced`. Input objects
become dicts with their defaults filled in, lists lists, enums texts, scalars what `scalars` says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)
from graphql.utilities import value_from_ast_untyped

from simulators.shopify.engine.errors import RequestRefused
from simulators.shopify.engine.scalars import PARSERS, Unfit

_MAX_LIST = 250
_NOT_NULL = "Expected value to not be null"

Place = tuple[Any, str | int] | None
"""Where in a value: the place around it and the key in that; None is the value itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a value."""

    path: tuple[str | int, ...]
    explanation: str


Problems = list[Problem]
Coercer = Callable[[object, Place, Problems], object]


def _path(place: Place) -> tuple[str | int, ...]:
    keys: list[str | int] = []
    while place is not None:
        place, key = place
        keys.append(key)
    return tuple(reversed(keys))


def default_of(declared: GraphQLArgument | GraphQLInputField) -> tuple[object, ...]:
    """The declared default, coerced, as a tuple of one; an empty tuple when there is none."""
    default = declared.default
    if default is None:
        return ()
    raw = default.value if default.literal is None else value_from_ast_untyped(default.literal)
    return (coercer(declared.type)(raw, None, []),)


def coercer(type_: GraphQLInputType) -> Coercer:
    """The compiled coercer of an input type (kept per type: types are never remade)."""
    name = str(type_)
    if name not in _COMPILED:
        _COMPILED[name] = _compile(type_)
    return _COMPILED[name]


_COMPILED: dict[str, Coercer] = {}


def _compile(type_: GraphQLInputType) -> Coercer:
    if isinstance(type_, GraphQLNonNull):
        return _required(coercer(type_.of_type))
    if isinstance(type_, GraphQLList):
        return _list(coercer(type_.of_type))
    if isinstance(type_, GraphQLInputObjectType):
        return _object(type_)
    if isinstance(type_, GraphQLEnumType):
        return _enum(type_)
    return _scalar(PARSERS[type_.name])


def _required(inner: Coercer) -> Coercer:
    def coerce(value: object, place: Place, problems: Problems) -> object:
        if value is None:
            problems.append(Problem(_path(place), _NOT_NULL))
            return None
        return inner(value, place, problems)

    return coerce


def _scalar(parse: Callable[[object], object]) -> Coercer:
    def coerce(value: object, place: Place, problems: Problems) -> object:
        if value is None:
            return None
        try:
            return parse(value)
        except Unfit as unfit:
            problems.append(Problem(_path(place), str(unfit)))
            return None

    return coerce


def _enum(type_: GraphQLEnumType) -> Coercer:
    names = frozenset(type_.values)

    def coerce(value: object, place: Place, problems: Problems) -> object:
        if value is None or (isinstance(value, str) and value in names):
            return value
        listed = ", ".join(type_.values)
        problems.append(Problem(_path(place), f'Expected "{value}" to be one of: {listed}'))
        return None

    return coerce


def _list(inner: Coercer) -> Coercer:
    def coerce(value: object, place: Place, problems: Problems) -> object:
        if value is None:
            return None
        if not isinstance(value, list):
            return [inner(value, place, problems)]
        if len(value) > _MAX_LIST:
            raise _too_large(len(value), _path(place))
        return [inner(item, (place, at), problems) for at, item in enumerate(value)]

    return coerce


def _too_large(size: int, path: tuple[str | int, ...]) -> RequestRefused:
    message = f"The input array size of {size} is greater than the maximum allowed of {_MAX_LIST}."
    extensions = {"code": "MAX_INPUT_SIZE_EXCEEDED"}
    return RequestRefused([{"message": message, "path": list(path), "extensions": extensions}])


def _object(type_: GraphQLInputObjectType) -> Coercer:
    fields = {name: coercer(field.type) for name, field in type_.fields.items()}
    defaults = {n: default for n, field in type_.fields.items() for default in default_of(field)}
    required = [
        name
        for name, field in type_.fields.items()
        if isinstance(field.type, GraphQLNonNull) and name not in defaults
    ]
    coerce = _object_of(type_.name, fields, defaults, required)
    return _exactly_one(type_.name, coerce) if type_.is_one_of else coerce


def _object_of(
    type_name: str, fields: dict[str, Coercer], defaults: dict[str, object], required: list[str]
) -> Coercer:
    unknown = _unknown(type_name)

    def coerce(value: object, place: Place, problems: Problems) -> object:
        if not isinstance(value, dict):
            _note_misfit(type_name, value, place, problems)
            return None
        coerced = defaults.copy()
        for key, given in value.items():
            coerced[key] = fields.get(key, unknown)(given, (place, key), problems)
        for key in required:
            if key not in value:
                problems.append(Problem(_path((place, key)), _NOT_NULL))
        return coerced

    return coerce


def _unknown(type_name: str) -> Coercer:
    def coerce(_: object, place: Place, problems: Problems) -> None:
        problems.append(Problem(_path(place), f"Field is not defined on {type_name}"))

    return coerce


def _note_misfit(type_name: str, value: object, place: Place, problems: Problems) -> None:
    if value is not None:
        explanation = f"Could not coerce value {value!r} to {type_name}"
        problems.append(Problem(_path(place), explanation))


def _exactly_one(name: str, inner: Coercer) -> Coercer:
    def coerce(value: object, place: Place, problems: Problems) -> object:
        if isinstance(value, dict) and (len(value) != 1 or None in value.values()):
            text = f"'{name}' requires exactly one argument, but {len(value)} were provided."
            problems.append(Problem(_path(place), text))
        return inner(value, place, problems)

    return coerce
