"""Runs a selection over plain dicts that carry the API's field names.

A field without a resolver is read from the dict under its own name; a missing key is a bug of the
simulator and says so. An error takes the nearest nullable field with it, as GraphQL demands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLNonNull, GraphQLOutputType, is_list_type, is_non_null_type

from simulators.shopify.engine.arguments import compile_arguments, raw_value, read_raw
from simulators.shopify.engine.errors import Refused
from simulators.shopify.engine.selection import Selected
from simulators.shopify.engine.variables import Variables

Resolver = Callable[..., object]
"""Of a root field: (session, call). Of any other: (session, source, arguments)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One root field of one request."""

    name: str
    arguments: Mapping[str, Any]
    raw: Mapping[str, Any]
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Resolvers:
    """Everything that is computed rather than read. `objects`: per type, per field."""

    queries: Mapping[str, Resolver]
    mutations: Mapping[str, Resolver]
    objects: Mapping[str, Mapping[str, Resolver]]
    type_of: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution; `path` is where it stands."""

    session: Any
    variables: Variables
    errors: list[Refused] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)


Runner = Callable[[Run, Any], Any]
Runners = tuple[tuple[str, Runner], ...]


class Compiler:
    """Turns selected fields into functions that take a value from its source."""

    def __init__(self, resolvers: Resolvers) -> None:
        self._resolvers = resolvers

    def root(self, selected: Selected, *, mutation: bool) -> Runner:
        """A root field: its resolver gets the session and the call."""
        if selected.definition is None:
            return lambda _, __: selected.parent
        declared = self._resolvers.mutations if mutation else self._resolvers.queries
        resolve = declared[selected.name]
        arguments = compile_arguments(_declaration(selected).args, selected.node)
        key = _idempotency_key(selected)

        def read(run: Run, _: object) -> object:
            variables = run.variables
            raw = read_raw(selected.node, variables) if mutation else {}
            call = Call(selected.name, arguments(variables), raw, key(variables))
            return resolve(run.session, call)

        return self._completed(selected, read)

    def fields(self, selected: tuple[Selected, ...]) -> Runners:
        """The fields of an object."""
        return tuple((selection.key, self._field(selection)) for selection in selected)

    def _field(self, selected: Selected) -> Runner:
        name = selected.name
        if selected.definition is None:
            return lambda _, __: selected.parent
        resolve = self._resolvers.objects.get(selected.parent, {}).get(name)
        if resolve is None:
            return self._stored(selected)
        arguments = compile_arguments(_declaration(selected).args, selected.node)

        def read(run: Run, source: object) -> object:
            return resolve(run.session, source, arguments(run.variables))

        return self._completed(selected, read)

    def _stored(self, selected: Selected) -> Runner:
        name = selected.name

        def read(_: Run, source: Any) -> object:  # noqa: ANN401  (a dict, as every source here)
            return source[name]

        def read_required(run: Run, source: Any) -> object:  # noqa: ANN401  (as above)
            value = source[name]
            return _refuse_null(run, selected) if value is None else value

        if not selected.is_leaf:
            return self._completed(selected, read)
        return read_required if is_non_null_type(_declaration(selected).type) else read

    def _completed(self, selected: Selected, read: Runner) -> Runner:
        type_ = _declaration(selected).type
        complete = self._completion(selected, type_)
        key, nullable = selected.key, not is_non_null_type(type_)

        def run_field(run: Run, source: object) -> object:
            run.path.append(key)
            try:
                return complete(run, read(run, source))
            except Refused as refused:
                refused.path = refused.path or tuple(run.path)
                if not nullable:
                    raise
                run.errors.append(refused)
                return None
            finally:
                run.path.pop()

        return run_field

    def _completion(self, selected: Selected, type_: GraphQLOutputType) -> Runner:
        if isinstance(type_, GraphQLNonNull):
            return _never_null(selected, self._completion(selected, type_.of_type))
        if is_list_type(type_):
            return _each(self._completion(selected, type_.of_type))
        if selected.is_leaf:
            return lambda _, value: value
        return self._object(selected)

    def _object(self, selected: Selected) -> Runner:
        per_type = {name: self.fields(parts) for name, parts in selected.children.items()}
        only = next(iter(per_type.values())) if len(per_type) == 1 else None
        type_of = self._resolvers.type_of

        def complete(run: Run, value: Any) -> object:  # noqa: ANN401  (whatever a resolver gave)
            if value is None:
                return None
            runners = only if only is not None else per_type[type_of(value)]
            return {key: runner(run, value) for key, runner in runners}

        return complete


def _declaration(selected: Selected) -> Any:  # noqa: ANN401  (GraphQLField, but for __typename)
    return selected.definition


def _refuse_null(run: Run, selected: Selected) -> object:
    where = f"{selected.parent}.{selected.name}"
    refused = Refused(f"Cannot return null for non-nullable field {where}", "INTERNAL")
    inside = run.path[-1:] == [selected.key]
    refused.path = tuple(run.path) if inside else (*run.path, selected.key)
    raise refused


def _idempotency_key(selected: Selected) -> Callable[[Variables], str | None]:
    for directive in selected.node.directives or ():
        if directive.name.value == "idempotent":
            key = (directive.arguments or ())[0].value
            return lambda variables: str(raw_value(key, variables.raw))
    return lambda _: None


def _never_null(selected: Selected, inner: Runner) -> Runner:
    def complete(run: Run, value: object) -> object:
        completed = inner(run, value)
        return _refuse_null(run, selected) if completed is None else completed

    return complete


def _each(inner: Runner) -> Runner:
    def complete(run: Run, value: Any) -> object:  # noqa: ANN401  (whatever a resolver gave)
        if value is None:
            return None
        completed = []
        run.path.append(0)
        try:
            for run.path[-1], item in enumerate(value):
                completed.append(inner(run, item))
        except Refused as refused:
            refused.path = refused.path or tuple(run.path)
            raise
        finally:
            run.path.pop()
        return completed

    return complete
