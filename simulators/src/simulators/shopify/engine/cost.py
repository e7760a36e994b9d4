"""The query cost of a selection, before and after execution.

Official: scalars 0, objects 1, mutations 10, connections by `first` / `last`; the finer rules are
inferred from recorded answers: a mutation's payload and the objects directly in it are free, money,
page information and user errors have no point of their own, a plain list counts once, a connection
is 2 + max(1, floor(2 ln n)) per node, a root count is 10.
"""

from collections.abc import Iterable
from math import floor, log
from typing import Any

from graphql import ValueNode, VariableNode
from graphql.utilities import value_from_ast_untyped

from simulators.shopify.engine.selection import Selected
from simulators.shopify.engine.variables import Variables

MAX_QUERY_COST = 1000
_MUTATION = 10
_ROOT_COUNT = 10
_CONNECTION = 2
_FREE = frozenset(
    {"MoneyBag", "MoneyV2", "PageInfo", "SelectedOption", "Weight", "ShopAddress"}
    | {"LocationAddress"}
)


def multiplier(nodes: int) -> int:
    """How often a page of that many nodes counts its node."""
    return max(1, floor(2 * log(nodes))) if nodes > 0 else 0


def requested_cost(root: Iterable[Selected], variables: Variables, *, mutation: bool) -> int:
    """The cost reserved before execution."""
    if mutation:
        return sum(_MUTATION + _payload(field, variables) for field in root)
    return sum(_root_query(field, variables) for field in root)


def actual_cost(
    root: Iterable[Selected], data: dict[str, Any] | None, requested: int, *, mutation: bool
) -> int:
    """The cost after execution, from the number of nodes that were really returned."""
    if mutation or data is None:
        return requested
    return sum(_returned(field, [data.get(field.key)]) for field in root)


def is_fixed(fields: Iterable[Selected]) -> bool:
    """Whether a selection has no connection, so that it always costs the same."""
    return all(
        not _is_connection(field) and is_fixed(field.all_children)
        for field in fields
        if not field.is_leaf
    )


def _payload(field: Selected, variables: Variables) -> int:
    children = field.all_children
    return sum(
        max(0, _cost(child, variables) - (0 if _is_connection(child) else _own(child)))
        for child in children
    )


def _root_query(field: Selected, variables: Variables) -> int:
    return _ROOT_COUNT if field.type_name == "Count" else _cost(field, variables)


def _is_connection(field: Selected) -> bool:
    return field.type_name.endswith("Connection")


def _own(field: Selected) -> int:
    free = field.type_name in _FREE or field.type_name.endswith("UserError")
    return 0 if free or field.is_leaf else 1


def _cost(field: Selected, variables: Variables) -> int:
    if _is_connection(field):
        pages = multiplier(_page_size(field, variables))
        return _CONNECTION + pages * sum(_node_cost(part, variables) for part in _node_parts(field))
    return _own(field) + sum(_cost(child, variables) for child in field.all_children)


def _node_cost(part: Selected, variables: Variables) -> int:
    return 1 + sum(_cost(child, variables) for child in part.all_children)


def _node_parts(connection: Selected) -> list[Selected]:
    parts = []
    for child in connection.all_children:
        if child.name == "nodes":
            parts.append(child)
        elif child.name == "edges":
            parts.extend(part for part in child.all_children if part.name == "node")
    return parts


def _page_size(field: Selected, variables: Variables) -> int:
    given = {argument.name.value: argument.value for argument in field.node.arguments or ()}
    for name in ("first", "last"):
        node = given.get(name)
        size = _number(node, variables) if node else None
        if isinstance(size, int):
            return size
    return 0


def _number(node: ValueNode, variables: Variables) -> object:
    if isinstance(node, VariableNode):
        return variables.coerced.get(node.name.value)
    return value_from_ast_untyped(node)


def _returned(field: Selected, values: list[Any]) -> int:
    """The dearest of several values of one field; a null object still costs its own point."""
    if field.is_leaf or field.type_name == "Count":
        return 0 if field.is_leaf else _ROOT_COUNT
    if _is_connection(field):
        return max((_returned_page(field, value) for value in values if value), default=_CONNECTION)
    objects = _flat(values)
    return _own(field) + sum(
        _returned(child, [returned[child.key] for returned in objects if child.key in returned])
        for child in field.all_children
    )


def _returned_page(field: Selected, page: dict[str, Any]) -> int:
    cost = _CONNECTION
    for part in _node_parts(field):
        nodes = _nodes(field, part, page)
        inner = sum(_returned(child, _values(nodes, child)) for child in part.all_children)
        cost += multiplier(len(nodes)) * (1 + inner)
    return cost


def _nodes(field: Selected, part: Selected, page: dict[str, Any]) -> list[Any]:
    for child in field.all_children:
        if child is part:
            return _flat([page.get(child.key)])
        if part in child.all_children:
            return _flat([edge.get(part.key) for edge in page.get(child.key) or ()])
    return []


def _values(nodes: list[Any], child: Selected) -> list[Any]:
    return [node[child.key] for node in nodes if child.key in node]


def _flat(values: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if isinstance(value, list):
            flat.extend(part for part in value if part is not None)
        elif value is not None:
            flat.append(value)
    return flat
