"""Every GraphQL document we send, one ``.graphql`` file each, named in snake case.

All are valid against Admin GraphQL 2026-10. The only text made at run time is the batch of direct
lookups, whose length varies.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BATCH_LIMIT = 50

_OPERATION = re.compile(r"^(query|mutation)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """One operation: its text without comments, and its name as Shopify's logs show it."""

    name: str
    operation: str
    text: str
    is_mutation: bool


@cache
def document(name: str) -> Document:
    """Return ``documents/<name>.graphql``; LookupError names what is missing."""
    source = files(__name__).joinpath(f"{name}.graphql")
    if not source.is_file():
        raise LookupError(f"no GraphQL document {name!r} in shopify/documents")
    return _parsed(name, source.read_text(encoding="utf-8"))


def custom_id_batch(
    ids: Sequence[str], *, namespace: str = "$app", key: str = "tiktok_order_id"
) -> tuple[Document, Mapping[str, object]]:
    """Return the document and variables that look up 1 to 50 orders by custom id in one call.

    Direct lookups, about one point each. The answer's alias ``o<n>`` is the n-th id's order or
    null; ``orders.read_custom_id_batch`` puts the ids back.
    """
    if not 1 <= len(ids) <= BATCH_LIMIT:
        raise ValueError(f"ids: expected 1 to {BATCH_LIMIT} ids, got {len(ids)}")
    identifiers = {
        f"i{n}": {"customId": {"namespace": namespace, "key": key, "value": value}}
        for n, value in enumerate(ids)
    }
    return _custom_id_batch(len(ids)), identifiers


@cache
def _custom_id_batch(count: int) -> Document:
    found = "{ id legacyResourceId name createdAt cancelledAt sourceIdentifier tags }"
    variables = ", ".join(f"$i{n}: OrderIdentifierInput!" for n in range(count))
    lookups = "\n".join(
        f"  o{n}: orderByIdentifier(identifier: $i{n}) {found}" for n in range(count)
    )
    return _parsed(
        "orders_by_custom_ids", f"query OrdersByCustomIds({variables}) {{\n{lookups}\n}}\n"
    )


def _parsed(name: str, source: str) -> Document:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines)
    match = _OPERATION.search(text)
    if match is None:
        raise LookupError(f"GraphQL document {name!r} holds no named query or mutation")
    return Document(name, match.group(2), text, match.group(1) == "mutation")
