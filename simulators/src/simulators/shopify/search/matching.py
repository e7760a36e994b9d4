"""How one term is held against one value: tokens, dates, numbers, words of a status.

Texts are cut into tokens at everything that is not a letter or digit and compared without case: a
search finds more than equality would, as the real one does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulators.shopify.search.syntax import All, Node, Not, Some, Term
from simulators.shopify.store.records import Record, stamp

Document = Mapping[str, Any]
Matcher = Callable[[Document, Term], bool]
Predicate = Callable[[Document], bool]
_WORDS = re.compile(r"\w+", re.UNICODE)


def tokens(text: object) -> list[str]:
    """The words of a text, in lower case."""
    return _WORDS.findall(str(text).lower().replace("_", " "))


def contains_tokens(text: object, phrase: str) -> bool:
    """Whether the phrase's tokens stand in the text in a row; a `*` at the end makes a prefix."""
    have, want = tokens(text), tokens(phrase)
    if text is None or not want:
        return False
    for at in range(len(have) - len(want) + 1):
        part = have[at : at + len(want)]
        if part == want:
            return True
        if phrase.endswith("*") and part[:-1] == want[:-1] and part[-1].startswith(want[-1]):
            return True
    return False


def by_tokens(key: str) -> Matcher:
    """Matches a text, or any of a list of texts."""

    def match(document: Document, term: Term) -> bool:
        value = document.get(key)
        values = value if isinstance(value, (list, tuple)) else (value,)
        return any(contains_tokens(text, term.value) for text in values)

    return match


def by_whole(key: str) -> Matcher:
    """Matches a whole text, or one of a list, without case."""

    def match(document: Document, term: Term) -> bool:
        value = document.get(key)
        values = value if isinstance(value, (list, tuple)) else (value,)
        return term.value.lower() in (str(text).lower() for text in values if text is not None)

    return match


def by_time(key: str) -> Matcher:
    """Compares a time written as the API writes it; the term's may lack a zone (then UTC)."""

    def match(document: Document, term: Term) -> bool:
        value, moment = document.get(key), _stamp(term.value)
        if value is None or moment is None:
            return False
        if term.op == "":
            return str(value).startswith(moment[:10])
        return _compare(str(value), term.op, moment)

    return match


def _stamp(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def by_number(key: str) -> Matcher:
    """Compares a whole number."""

    def match(document: Document, term: Term) -> bool:
        digits = term.value.rpartition("/")[2]
        if not digits.isdigit():
            return False
        return _compare(int(document[key]), term.op, int(digits))

    return match


def _compare(value: Any, op: str, operand: Any) -> bool:  # noqa: ANN401  (texts or numbers alike)
    if op == ">=":
        return bool(value >= operand)
    if op == ">":
        return bool(value > operand)
    if op == "<=":
        return bool(value <= operand)
    return bool(value < operand) if op == "<" else bool(value == operand)


@dataclass(slots=True)
class Compiled:
    """A query ready to be asked, and the fields it named that do not exist (they are ignored)."""

    matches: Predicate
    unknown: list[str] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


Lookup = Callable[[str], Matcher | None]


def compile_query(node: Node, lookup: Lookup, anything: Matcher) -> Compiled:
    """Turns a query into a predicate. `anything` answers terms without a field."""
    compiled = Compiled(lambda _: True)
    predicate = _predicate(node, lookup, anything, compiled)
    if predicate is not None:
        compiled.matches = predicate
    return compiled


def _predicate(node: Node, lookup: Lookup, anything: Matcher, into: Compiled) -> Predicate | None:
    if isinstance(node, Term):
        return _term(node, lookup, anything, into)
    if isinstance(node, Not):
        inner = _predicate(node.part, lookup, anything, into)
        return None if inner is None else (lambda document: not inner(document))
    parts = [_predicate(part, lookup, anything, into) for part in node.parts]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return _some(known) if isinstance(node, Some) else _all(known)


def _some(parts: list[Predicate]) -> Predicate:
    return lambda document: any(part(document) for part in parts)


def _all(parts: list[Predicate]) -> Predicate:
    return lambda document: all(part(document) for part in parts)


def _term(term: Term, lookup: Lookup, anything: Matcher, into: Compiled) -> Predicate | None:
    if term.field is None:
        return lambda document: anything(document, term)
    matcher = lookup(term.field)
    if matcher is None:
        into.unknown.append(term.field)
        return None
    into.fields.add(term.field)
    return lambda document: matcher(document, term)


def required_value(node: Node, field_name: str) -> str | None:
    """The value that a query demands of a field, when nothing else could match."""
    if isinstance(node, Term):
        return node.value if node.field == field_name and not node.op else None
    if isinstance(node, All):
        values = (required_value(part, field_name) for part in node.parts)
        return next((value for value in values if value is not None), None)
    return None


def search_report(path: str, query: str, compiled: Compiled) -> Record:
    """One entry of `extensions.search`."""
    report: Record = {"path": [path], "query": query}
    if compiled.unknown:
        report["warnings"] = [
            {
                "field": name,
                "message": "Invalid search field for this query.",
                "code": "invalid_field",
            }
            for name in compiled.unknown
        ]
    return report
