"""productVariants(query:) (Admin GraphQL 2026-10): tokenised, without case, never unique by SKU."""

from collections.abc import Mapping
from typing import Any

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
    search_report,
)
from simulators.shopify.search.syntax import Term, parse_query
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, number_of

_TOKENS = ("sku", "barcode", "title", "vendor")
_MATCHERS: Mapping[str, Matcher] = {
    **{name: by_tokens(name) for name in _TOKENS},
    "id": by_number("id"),
    "product_id": by_number("product_id"),
    "inventory_quantity": by_number("inventory_quantity"),
    "product_status": by_whole("product_status"),
    "updated_at": by_time("updated_at"),
}
_SORTED_BY = {"SKU": "sku", "TITLE": "title", "INVENTORY_QUANTITY": "inventoryQuantity"}


def _document(variant: Record) -> dict[str, Any]:
    return {
        "sku": variant["sku"],
        "barcode": variant["barcode"],
        "title": (variant["title"], variant["product"]["title"]),
        "vendor": variant["product"]["vendor"],
        "id": variant["legacyResourceId"],
        "product_id": number_of(variant["product"]["id"]),
        "product_status": variant["product"]["status"],
        "inventory_quantity": variant["inventoryQuantity"],
        "updated_at": variant["updatedAt"],
    }


def _anything(document: Document, term: Term) -> bool:
    return any(_MATCHERS[name](document, term) for name in _TOKENS)


def list_variants(session: Session, call: Call) -> Record:
    """The query."""
    found = list(session.store.catalogue.variants.values())
    query = call.arguments.get("query")
    if query:
        compiled = compile_query(parse_query(query), _MATCHERS.get, _anything)
        session.search.append(search_report(call.name, query, compiled))
        found = [variant for variant in found if compiled.matches(_document(variant))]
    key = _SORTED_BY.get(call.arguments["sortKey"])
    if key is not None:
        found.sort(key=lambda variant: (variant[key] is not None, variant[key]))
    return page(found, call.arguments)
