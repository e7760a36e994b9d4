"""GraphQL documents, made ready once per text: parsed, validated, compiled.

`Documents.operation` gives the operation of a request; `Operation.prepare` gives its plan for the
request's variables: the cost to reserve and the functions that execute it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.language import DirectiveNode

from simulators.shopify.engine.cost import actual_cost, is_fixed, requested_cost
from simulators.shopify.engine.errors import Json, Refused, RequestRefused
from simulators.shopify.engine.execution import Compiler, Resolvers, Run, Runners
from simulators.shopify.engine.selection import Selected, Selector
from simulators.shopify.engine.variables import VariableReader, Variables
from simulators.shopify.engine.wording import in_shopify_words, syntax_error

_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation, its conditions decided."""

    mutation: bool
    root: tuple[Selected, ...]
    runners: Runners
    fixed_cost: int | None

    def requested(self, variables: Variables) -> int:
        """The cost to reserve."""
        if self.fixed_cost is not None:
            return self.fixed_cost
        return requested_cost(self.root, variables, mutation=self.mutation)

    def actual(self, data: dict[str, Any] | None, requested: int) -> int:
        """The cost after execution; never above what was reserved."""
        if self.fixed_cost is not None:
            return requested
        return min(requested, actual_cost(self.root, data, requested, mutation=self.mutation))

    def execute(
        self, session: object, variables: Variables
    ) -> tuple[dict[str, Any] | None, list[Json]]:
        """Data and errors. Root fields run one after the other."""
        run = Run(session, variables)
        data: dict[str, Any] | None = {}
        try:
            data = {key: runner(run, None) for key, runner in self.runners}
        except Refused as refused:
            run.errors.append(refused)
            data = None
        return data, [error.as_json() for error in run.errors]


class Operation:
    """One operation of a document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        compiler: Compiler,
        node: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self.name = node.name.value if node.name else None
        self.mutation = node.operation is OperationType.MUTATION
        self._schema = schema
        self._compiler = compiler
        self._node = node
        self._fragments = fragments
        self._variables = VariableReader(schema, node.variable_definitions or ())
        self._conditions = _condition_names([node, *fragments.values()])
        self._plans: dict[tuple[object, ...], Plan] = {}
        self.root_names = tuple(
            dict.fromkeys(selection.name for selection in self._select({}) if selection.definition)
        )

    def read_variables(self, given: Mapping[str, object]) -> Variables:
        """Raises RequestRefused for values that the declared types do not take."""
        return self._variables.read(given)

    def plan(self, variables: Variables) -> Plan:
        """The plan for these variables; one per combination of `@skip` / `@include` values."""
        decided = tuple(variables.coerced.get(name) for name in self._conditions)
        plan = self._plans.get(decided)
        if plan is None:
            plan = self._plans[decided] = self._compile(
                dict(zip(self._conditions, decided, strict=True))
            )
        return plan

    def _select(self, conditions: Mapping[str, object]) -> tuple[Selected, ...]:
        root = self._schema.mutation_type if self.mutation else self._schema.query_type
        if root is None:
            raise TypeError("schema.graphql names no root type for this kind of operation")
        selector = Selector(self._schema, self._fragments, conditions)
        return selector.select(root, [self._node.selection_set])

    def _compile(self, conditions: Mapping[str, object]) -> Plan:
        root = self._select(conditions)
        runners = tuple(
            (selection.key, self._compiler.root(selection, mutation=self.mutation))
            for selection in root
        )
        nothing = Variables({}, {})
        fixed = requested_cost(root, nothing, mutation=self.mutation) if is_fixed(root) else None
        return Plan(self.mutation, root, runners, fixed)


def _condition_names(nodes: list[Any]) -> tuple[str, ...]:
    found: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            value = node.arguments[0].value if node.arguments else None
            if node.name.value in ("skip", "include") and isinstance(value, VariableNode):
                found.add(value.name.value)

    for node in nodes:
        visit(node, Conditions())
    return tuple(sorted(found))


class Documents:
    """Every document text seen so far, ready to run."""

    def __init__(self, schema: GraphQLSchema, resolvers: Resolvers) -> None:
        self._schema = schema
        self._compiler = Compiler(resolvers)
        self._ready: dict[str, Mapping[str | None, Operation]] = {}

    def operation(self, text: str, name: str | None = None) -> Operation:
        """The named operation, or the only one. Raises RequestRefused in Shopify's words."""
        operations = self._ready.get(text)
        if operations is None:
            operations = self._prepare(text)
            if len(self._ready) >= _KEPT:
                self._ready.clear()
            self._ready[text] = operations
        if name is None and len(operations) == 1:
            return next(iter(operations.values()))
        if name not in operations:
            what = f'No operation named "{name}"' if name else "An operation name is required"
            raise RequestRefused([{"message": what}])
        return operations[name]

    def _prepare(self, text: str) -> Mapping[str | None, Operation]:
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            raise RequestRefused([syntax_error(error)]) from None
        errors = validate(self._schema, document)
        if errors:
            raise RequestRefused([in_shopify_words(error, document) for error in errors])
        operations = _operations(document)
        fragments = _fragments(document)
        ready = [Operation(self._schema, self._compiler, node, fragments) for node in operations]
        return {operation.name: operation for operation in ready}


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
