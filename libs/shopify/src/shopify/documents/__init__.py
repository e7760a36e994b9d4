"""Every GraphQL document we send, one ``.graphql`` file each, named in snake case.

All are valid against Admin GraphQL 2026-10. Not sent yet: ``fulfillment_tracking_update``, which
issue 13 needs.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BATCH_LIMIT = 50
"""Orders read back in one call."""

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


def _parsed(name: str, source: str) -> Document:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines)
    match = _OPERATION.search(text)
    if match is None:
        raise LookupError(f"GraphQL document {name!r} holds no named query or mutation")
    return Document(name, match.group(2), text, match.group(1) == "mutation")
