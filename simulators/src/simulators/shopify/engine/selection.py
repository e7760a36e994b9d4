"""What a document selects, with fragments expanded, fields merged and conditions decided.

`@skip` and `@include` depend on few boolean variables: a selection is made once per combination of
their values, and is then a plain tree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.utilities import value_from_ast_untyped

from simulators.shopify.engine.errors import RequestRefused

_TYPE_NAME = "__typename"
_INTROSPECTION = "Introspection: read the official schema; this simulator executes a part of it"


@dataclass(frozen=True, slots=True)
class Selected:
    """One field of the answer. `children` has the fields per object type it may turn out to be."""

    key: str
    name: str
    parent: str
    node: FieldNode
    definition: GraphQLField | None
    type_name: str
    children: Mapping[str, tuple["Selected", ...]]

    @property
    def is_leaf(self) -> bool:
        """Whether the field is a scalar, an enum or `__typename`."""
        return not self.children

    @property
    def all_children(self) -> tuple["Selected", ...]:
        """The children over all types, one per response key."""
        merged = {child.key: child for fields in self.children.values() for child in fields}
        return tuple(merged.values())


@dataclass(frozen=True, slots=True)
class Selector:
    """Makes the selection tree of one document, given the values of its condition variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: Mapping[str, object]

    def select(
        self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]
    ) -> tuple[Selected, ...]:
        """The fields that these selection sets take from an object of this type."""
        grouped: dict[str, list[FieldNode]] = {}
        for selection_set in sets:
            for node in self._fields(type_, selection_set.selections):
                key = node.alias.value if node.alias else node.name.value
                grouped.setdefault(key, []).append(node)
        return tuple(self._selected(type_, key, nodes) for key, nodes in grouped.items())

    def _fields(
        self, type_: GraphQLObjectType, selections: Iterable[SelectionNode]
    ) -> Iterator[FieldNode]:
        for node in selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment = self._fragment(node)
            if self._applies(fragment, type_):
                yield from self._fields(type_, fragment.selection_set.selections)

    def _fragment(self, node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(node, FragmentSpreadNode):
            return self.fragments[node.name.value]
        return cast("InlineFragmentNode", node)

    def _applies(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, type_: GraphQLObjectType
    ) -> bool:
        if fragment.type_condition is None:
            return True
        name = fragment.type_condition.name.value
        return name == type_.name or any(face.name == name for face in type_.interfaces)

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            name = directive.name.value
            if name in ("skip", "include") and self._holds(directive) == (name == "skip"):
                return False
        return True

    def _holds(self, directive: DirectiveNode) -> object:
        value = (directive.arguments or ())[0].value
        if isinstance(value, VariableNode):
            return self.conditions.get(value.name.value)
        return value_from_ast_untyped(value)

    def _selected(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        if name == _TYPE_NAME:
            return Selected(key, name, type_.name, nodes[0], None, "String", {})
        if name.startswith("__"):
            raise RequestRefused([{"message": _INTROSPECTION}])
        definition = type_.fields[name]
        named = get_named_type(definition.type)
        sets = [node.selection_set for node in nodes if node.selection_set]
        children = {
            possible.name: self.select(possible, sets) for possible in self._possible(named)
        }
        return Selected(key, name, type_.name, nodes[0], definition, named.name, children)

    def _possible(self, named: GraphQLNamedType) -> tuple[GraphQLObjectType, ...]:
        if is_abstract_type(named):
            return tuple(self.schema.get_possible_types(named))
        return (named,) if is_object_type(named) else ()
