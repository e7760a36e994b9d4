"""orders, ordersCount and orderByIdentifier (Admin GraphQL 2026-10)."""

from collections.abc import Mapping
from typing import Any

from simulators.shopify.engine.errors import Refused
from simulators.shopify.engine.execution import Call
from simulators.shopify.paging import page
from simulators.shopify.search.matching import (
    Document,
    Matcher,
    by_number,
    by_time,
    by_tokens,
    by_whole,
    compile_query,
    contains_tokens,
    required_value,
    search_report,
)
from simulators.shopify.search.syntax import Term, parse_query
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record

_TOKENS = ("name", "email", "source_identifier", "source_name", "po_number", "sku", "gateway")
_WHOLE = ("tag", "financial_status", "fulfillment_status", "test", "customer_id", "discount_code")
_TIMES = ("created_at", "updated_at", "processed_at")
_EVERYWHERE = ("name", "email", "source_identifier", "tag", "sku", "confirmation_number")
_NO_DEFINITION = "Metafield definition of type 'id' is required when using custom ids."
_SORTED_BY = {
    "PROCESSED_AT": "processedAt",
    "UPDATED_AT": "updatedAt",
    "FINANCIAL_STATUS": "displayFinancialStatus",
    "FULFILLMENT_STATUS": "displayFulfillmentStatus",
}


def _status(document: Document, term: Term) -> bool:
    named, status = term.value.lower(), document["status"]
    if named == "not_closed":
        return bool(status != "closed")
    return named in ("any", status)


def _untagged(document: Document, term: Term) -> bool:
    return not _MATCHERS["tag"](document, term)


_MATCHERS: Mapping[str, Matcher] = {
    **{name: by_tokens(name) for name in (*_TOKENS, "confirmation_number")},
    **{name: by_whole(name) for name in _WHOLE},
    **{name: by_time(name) for name in _TIMES},
    "id": by_number("id"),
    "status": _status,
    "tag_not": _untagged,
}


def _anything(document: Document, term: Term) -> bool:
    values = (document.get(name) for name in _EVERYWHERE)
    flat = (text for value in values for text in (value if isinstance(value, tuple) else (value,)))
    return any(contains_tokens(text, term.value) for text in flat)


def _matcher(session: Session, name: str) -> Matcher | None:
    if not name.startswith("metafields."):
        return _MATCHERS.get(name)
    namespace, _, key = name.removeprefix("metafields.").rpartition(".")
    place = session.place(namespace, key)
    if not session.store.definitions.filters(place):
        return None
    return lambda document, term: contains_tokens(document["metafields"].get(place), term.value)


def list_orders(session: Session, call: Call) -> Record:
    """orders(query:): what the index knows by now, in the order asked for."""
    found = _find(session, call)
    key = _SORTED_BY.get(call.arguments["sortKey"])
    if key is not None:
        found.sort(key=lambda order: order[key] or "")
    return page(found, call.arguments)


def count_orders(session: Session, call: Call) -> Record:
    """ordersCount(query:), up to `limit`."""
    found, limit = len(_find(session, call)), call.arguments.get("limit")
    if limit is not None and found > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": found, "precision": "EXACT"}


def _find(session: Session, call: Call) -> list[Record]:
    query = call.arguments.get("query") or ""
    tree = parse_query(query)
    compiled = compile_query(tree, lambda name: _matcher(session, name), _anything)
    if query:
        session.search.append(search_report(call.name, query, compiled))
    hides = query and "status" not in compiled.fields
    open_only = hides and session.store.behaviour.search_default == "open"
    source = required_value(tree, "source_identifier")
    return [
        session.store.orders[document["gid"]].record
        for document in session.store.index.candidates(session.at, source)
        if compiled.matches(document) and not (open_only and document["status"] != "open")
    ]


def find_by_identifier(session: Session, call: Call) -> Record | None:
    """orderByIdentifier: by id, or by a metafield of type `id` (after the lookup lag)."""
    identifier: Mapping[str, Any] = call.arguments["identifier"]
    custom = identifier.get("customId")
    if custom is None:
        return session.thing(identifier["id"], "Order")
    store = session.store
    place = session.place(custom.get("namespace"), custom["key"])
    if not store.definitions.is_custom_id(place):
        raise Refused(_NO_DEFINITION, "NOT_FOUND")
    known_by = session.at - store.behaviour.lookup_lag_s
    gid = store.custom_ids.owner(place, custom["value"], not_after=known_by)
    return store.orders[gid].record if gid is not None else None
