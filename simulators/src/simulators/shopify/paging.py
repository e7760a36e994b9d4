"""Connections: a page of a list, with cursors (Admin GraphQL 2026-10: pagination)."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.shopify.engine.errors import Refused
from simulators.shopify.engine.execution import Resolver
from simulators.shopify.store.records import Record

_MAX_PAGE = 250


def page(nodes: Sequence[Record], arguments: Mapping[str, Any]) -> Record:
    """The page that `first` / `after` or `last` / `before` ask for."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise Refused("you must provide one of first or last", "BAD_REQUEST")
    for size in (first, last):
        if size is not None and not 0 <= size <= _MAX_PAGE:
            text = f"The page size must be between 0 and {_MAX_PAGE}, and {size} was given"
            raise Refused(text, "BAD_REQUEST")
    if arguments.get("reverse"):
        nodes = nodes[::-1]
    start = _after(nodes, arguments.get("after"))
    end = _before(nodes, arguments.get("before"))
    if first is not None:
        end = min(end, start + first)
    else:
        start = max(start, end - (last or 0))
    return {"nodes": list(nodes[start:end]), "start": start, "more": end < len(nodes)}


def _cursor(at: int, node: Record) -> str:
    return base64.urlsafe_b64encode(json.dumps([at, node.get("id")]).encode()).decode()


def _position(nodes: Sequence[Record], cursor: str) -> int:
    try:
        at, gid = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError):
        raise Refused("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None
    if 0 <= at < len(nodes) and nodes[at].get("id") == gid:
        return int(at)
    found = (place for place, node in enumerate(nodes) if node.get("id") == gid)
    return next(found, min(int(at), len(nodes)) - 1)


def _after(nodes: Sequence[Record], cursor: str | None) -> int:
    return 0 if cursor is None else _position(nodes, cursor) + 1


def _before(nodes: Sequence[Record], cursor: str | None) -> int:
    return len(nodes) if cursor is None else _position(nodes, cursor)


def _edges(_: object, source: Record, __: object) -> list[Record]:
    start = source["start"]
    return [
        {"cursor": _cursor(start + at, node), "node": node}
        for at, node in enumerate(source["nodes"])
    ]


def _page_info(_: object, source: Record, __: object) -> Record:
    nodes, start = source["nodes"], source["start"]
    return {
        "hasNextPage": source["more"],
        "hasPreviousPage": start > 0,
        "startCursor": _cursor(start, nodes[0]) if nodes else None,
        "endCursor": _cursor(start + len(nodes) - 1, nodes[-1]) if nodes else None,
    }


OF_A_CONNECTION: Mapping[str, Resolver] = {"edges": _edges, "pageInfo": _page_info}


def stored(name: str) -> Resolver:
    """A connection that a stored thing holds under this name."""

    def resolve(_: object, source: Record, arguments: Mapping[str, Any]) -> Record:
        return page(source[name]["nodes"], arguments)

    return resolve


def some_of(name: str, *, newest_first: bool = False) -> Resolver:
    """A plain list of a stored thing, cut to `first`."""

    def resolve(_: object, source: Record, arguments: Mapping[str, Any]) -> list[Record]:
        kept: list[Record] = source[name][::-1] if newest_first else source[name]
        return kept if arguments.get("first") is None else kept[: arguments["first"]]

    return resolve
