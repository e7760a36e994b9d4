"""The search query language: terms, quotes, comparators, AND, OR, NOT, `-` and parentheses.

`source_identifier:"57…" AND (status:open OR status:closed)` (Shopify: API search syntax). Terms
beside each other mean AND. A broken query is read as far as possible, never refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()])
    |(?P<minus>-)?(?:(?P<field>[\w.$\-]+):)?(?P<op>:?(?:>=|<=|>|<)|:)?
     (?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<word>[^\s()]+)))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; without a field it searches everything. `op` is "" or a comparator."""

    field: str | None
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """Holds where every part does."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """Holds where at least one part does."""

    parts: "tuple[Node, ...]"


Node = Term | Not | All | Some
_Token = str | Term | Not


def parse_query(text: str) -> Node:
    """The tree of a query; an empty query is `All(())`, which everything meets."""
    return _Parser(list(_tokens(text))).either()


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while found := _TOKEN.match(text, at):
        at = found.end()
        yield _token(found)


def _token(found: re.Match[str]) -> _Token:
    if found["paren"]:
        return found["paren"]
    quoted = found["double"] if found["double"] is not None else found["single"]
    if quoted is None and found["field"] is None and found["word"] in ("AND", "OR", "NOT"):
        return str(found["word"])
    value = found["word"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    term = Term(found["field"], (found["op"] or "").lstrip(":"), value)
    return Not(term) if found["minus"] else term


class _Parser:
    """Precedence: NOT, then AND (also unwritten), then OR."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self) -> Node:
        parts = [self._all()]
        while self._peek() == "OR":
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _all(self) -> Node:
        parts: list[Node] = []
        while (ahead := self._peek()) is not None and ahead not in ("OR", ")"):
            if ahead == "AND":
                self._at += 1
            else:
                parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        taken = self._tokens[self._at]
        self._at += 1
        if taken == "NOT":
            return Not(self._one()) if self._peek() is not None else All(())
        if taken == "(":
            inner = self.either()
            self._at += self._peek() == ")"
            return inner
        return All(()) if isinstance(taken, str) else taken

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None
