"""A field's arguments for one request: coerced for the resolver, raw for the record."""

from collections.abc import Callable, Mapping

from graphql import (
    FieldNode,
    GraphQLArgument,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.utilities import value_from_ast_untyped

from simulators.shopify.engine.coercion import Problems, coercer, default_of
from simulators.shopify.engine.errors import RequestRefused
from simulators.shopify.engine.variables import Variables

ArgumentReader = Callable[[Variables], dict[str, object]]
_ABSENT = object()


def raw_value(node: ValueNode, raw: Mapping[str, object]) -> object:
    """A literal as JSON would hold it, its variables replaced; an absent variable stays out."""
    value = _raw(node, raw)
    return None if value is _ABSENT else value


def _raw(node: ValueNode, raw: Mapping[str, object]) -> object:
    if isinstance(node, VariableNode):
        return raw.get(node.name.value, _ABSENT)
    if isinstance(node, ListValueNode):
        return [raw_value(item, raw) for item in node.values]
    if isinstance(node, ObjectValueNode):
        pairs = ((field.name.value, _raw(field.value, raw)) for field in node.fields)
        return {name: value for name, value in pairs if value is not _ABSENT}
    return value_from_ast_untyped(node)


def read_raw(node: FieldNode, variables: Variables) -> dict[str, object]:
    """All arguments of a field as they were received."""
    pairs = ((given.name.value, _raw(given.value, variables.raw)) for given in node.arguments or ())
    return {name: value for name, value in pairs if value is not _ABSENT}


def compile_arguments(declared: Mapping[str, GraphQLArgument], node: FieldNode) -> ArgumentReader:
    """Reads constants once, variables per request. Defaults of the schema are filled in."""
    constant = {name: default for name, given in declared.items() for default in default_of(given)}
    plain: list[tuple[str, str]] = []
    mixed: list[tuple[str, ValueNode]] = []
    for given in node.arguments or ():
        name = given.name.value
        if isinstance(given.value, VariableNode):
            plain.append((name, given.value.name.value))
        elif _has_variable(given.value):
            mixed.append((name, given.value))
        else:
            constant[name] = _coerced(declared[name], given.value, {})
    return _reader(constant, plain, [(name, declared[name], literal) for name, literal in mixed])


def _reader(
    constant: dict[str, object],
    plain: list[tuple[str, str]],
    mixed: list[tuple[str, GraphQLArgument, ValueNode]],
) -> ArgumentReader:
    def read(variables: Variables) -> dict[str, object]:
        arguments = constant.copy()
        for name, variable in plain:
            if variable in variables.coerced:
                arguments[name] = variables.coerced[variable]
        for name, argument, literal in mixed:
            arguments[name] = _coerced(argument, literal, variables.raw)
        return arguments

    return read


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(_has_variable(item) for item in node.values)
    if isinstance(node, ObjectValueNode):
        return any(_has_variable(field.value) for field in node.fields)
    return isinstance(node, VariableNode)


def _coerced(argument: GraphQLArgument, node: ValueNode, raw: Mapping[str, object]) -> object:
    problems: Problems = []
    value = coercer(argument.type)(raw_value(node, raw), None, problems)
    if problems:
        message = f"Argument has an invalid value: {problems[0].explanation}"
        extensions = {"code": "argumentLiteralsIncompatible"}
        raise RequestRefused([{"message": message, "extensions": extensions}])
    return value
