"""Where our part of a GraphQL schema says something else than the whole one."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_required_argument,
    is_specified_directive,
    print_ast,
)
from graphql.type import GraphQLArgument, GraphQLField, GraphQLInputField
from graphql.utilities import ast_from_value


def differences(ours: GraphQLSchema, official: GraphQLSchema) -> list[str]:
    """One sentence per difference; empty when ours is a true part of the official one.

    Objects may have fewer fields and optional arguments; inputs and enums must be complete.
    """
    found: list[str] = []
    for name, type_ in ours.type_map.items():
        other = official.type_map.get(name)
        if other is None or type(other) is not type(type_):
            found.append(f"{name}: no such {type(type_).__name__}")
        else:
            found.extend(_of_type(type_, other))
    found.extend(_of_directives(ours, official))
    return found


def _of_type(ours: GraphQLNamedType, other: GraphQLNamedType) -> Iterator[str]:
    if isinstance(ours, GraphQLEnumType) and isinstance(other, GraphQLEnumType):
        yield from _of_names(ours.name, set(ours.values), set(other.values))
    elif isinstance(ours, GraphQLInputObjectType) and isinstance(other, GraphQLInputObjectType):
        if ours.is_one_of != other.is_one_of:
            yield f"{ours.name}: @oneOf differs"
        yield from _of_names(ours.name, set(ours.fields), set(other.fields))
        yield from _of_inputs(ours.name, ours.fields, other.fields)
    elif isinstance(ours, (GraphQLObjectType, GraphQLInterfaceType)) and isinstance(
        other, (GraphQLObjectType, GraphQLInterfaceType)
    ):
        faces = {face.name for face in ours.interfaces} - {face.name for face in other.interfaces}
        yield from (f"{ours.name}: does not implement {face}" for face in sorted(faces))
        yield from _of_fields(ours.name, ours.fields, other.fields)


def _of_names(where: str, ours: set[str], other: set[str]) -> Iterator[str]:
    yield from (f"{where}.{name}: is not in the official schema" for name in sorted(ours - other))
    yield from (f"{where}.{name}: is missing here" for name in sorted(other - ours))


def _of_fields(
    where: str, ours: Mapping[str, GraphQLField], other: Mapping[str, GraphQLField]
) -> Iterator[str]:
    for name, field in ours.items():
        known = other.get(name)
        if known is None:
            yield f"{where}.{name}: is not in the official schema"
            continue
        if str(field.type) != str(known.type):
            yield f"{where}.{name}: is {field.type}, officially {known.type}"
        here = f"{where}.{name}()"
        extra = set(field.args) - set(known.args)
        yield from (f"{here}.{arg}: is not in the official schema" for arg in sorted(extra))
        needed = {arg for arg, argument in known.args.items() if is_required_argument(argument)}
        yield from (f"{here}.{arg}: is required" for arg in sorted(needed - set(field.args)))
        yield from _of_inputs(here, field.args, known.args)


def _of_inputs(
    where: str,
    ours: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    other: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
) -> Iterator[str]:
    for name, given in ours.items():
        known = other.get(name)
        if known is not None and _spelled(given) != _spelled(known):
            yield f"{where}.{name}: is {_spelled(given)}, officially {_spelled(known)}"


def _spelled(given: GraphQLArgument | GraphQLInputField) -> str:
    default = given.default
    if default is None:
        return str(given.type)
    literal = default.literal or ast_from_value(default.value, given.type)
    return f"{given.type} = {print_ast(literal) if literal else None}"


def _of_directives(ours: GraphQLSchema, official: GraphQLSchema) -> Iterator[str]:
    known = {directive.name: directive for directive in official.directives}
    for directive in ours.directives:
        if is_specified_directive(directive):
            continue
        other = known.get(directive.name)
        if other is None or set(directive.locations) != set(other.locations):
            yield f"@{directive.name}: is not the official directive"
        else:
            yield from _of_inputs(f"@{directive.name}", directive.args, other.args)
