"""The variables of one request: coerced for execution, and raw as they were received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLSchema, VariableDefinitionNode, print_ast, type_from_ast
from graphql.type import GraphQLNonNull, is_input_type
from graphql.utilities import value_from_ast_untyped

from simulators.shopify.engine.coercion import Coercer, Problem, Problems, coercer
from simulators.shopify.engine.errors import Json, RequestRefused


@dataclass(frozen=True, slots=True)
class Variables:
    """`coerced` and `raw` have the same keys; a variable that was not given is in neither."""

    coerced: Mapping[str, object]
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    type_text: str
    coerce: Coercer
    required: bool
    default: tuple[object, ...]


class VariableReader:
    """Reads the variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, declared: Sequence[VariableDefinitionNode]) -> None:
        self._declared = tuple(_declare(schema, node) for node in declared)

    def read(self, given: Mapping[str, object]) -> Variables:
        """Raises RequestRefused with one INVALID_VARIABLE error per bad variable."""
        coerced: dict[str, object] = {}
        raw: dict[str, object] = {}
        errors: list[Json] = []
        for variable in self._declared:
            value = (given[variable.name],) if variable.name in given else variable.default
            if value or variable.required:
                raw[variable.name] = value[0] if value else None
                problems: Problems = []
                coerced[variable.name] = variable.coerce(raw[variable.name], None, problems)
                if problems:
                    errors.append(_invalid(variable, raw[variable.name], problems))
        if errors:
            raise RequestRefused(errors)
        return Variables(coerced, raw)


def _declare(schema: GraphQLSchema, node: VariableDefinitionNode) -> _Declared:
    type_ = type_from_ast(schema, node.type)
    if not is_input_type(type_):
        raise TypeError(f"${node.variable.name.value}: validation let an output type pass")
    default = node.default_value
    return _Declared(
        name=node.variable.name.value,
        type_text=print_ast(node.type),
        coerce=coercer(type_),
        required=isinstance(type_, GraphQLNonNull),
        default=() if default is None else (value_from_ast_untyped(default),),
    )


def _invalid(variable: _Declared, value: object, problems: Problems) -> Json:
    message = f"Variable ${variable.name} of type {variable.type_text} was provided invalid value"
    places = ", ".join(_named(problem) for problem in problems if problem.path)
    return {
        "message": f"{message} for {places}" if places else message,
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": value,
            "problems": [
                {"path": list(problem.path), "explanation": problem.explanation}
                for problem in problems
            ],
        },
    }


def _named(problem: Problem) -> str:
    return f"{'.'.join(map(str, problem.path))} ({problem.explanation})"
