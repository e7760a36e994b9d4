"""Which requests a fault hits: the rules of `PUT /_sim/faults`, read and counted.

`[{match: {path?, operation?, shop?}, kind, status?, code?, delay_s?, errors?, probability, after,
count}]` replaces all rules; `[]` ends every fault. What each kind does: `simulators.faults`.

A rule matches a request when every given part of `match` does. `path`: the exact path; with `*` a
glob; ending in `/` a prefix; not starting with `/` a part of the path. `operation`: the GraphQL
root field (Shopify) or the endpoint's name (TikTok Shop). `shop`: shop id or domain. Every rule
counts every request that matches it; it lets the first `after` pass and hits at most `count`
(absent: no limit), each with `probability` (absent: 1) by dice that `load` puts back to the same
start. Of several rules that would hit a request, the first one does.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

_NUMBERS = {"status", "code", "delay_s", "probability", "after", "count"}
_KEYS = {"match", "kind", "errors", *_NUMBERS}
_MATCH_KEYS = {"path", "operation", "shop"}


class BadFault(ValueError):
    """A fault rule that cannot be used. The text names the rule, the field and the fix."""


UserError = Mapping[str, Any]
"""One refusal that kind `user_errors` answers: `field` (a path, or null), `code`, `message`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule of `PUT /_sim/faults`; durations in seconds, `count` None means no limit."""

    kind: str
    path: str | None = None
    operation: str | None = None
    shop: str | None = None
    status: int | None = None
    code: int | str | None = None
    delay_s: float | None = None
    errors: tuple[UserError, ...] = ()
    probability: float = 1.0
    after: int = 0
    count: int | None = None

    def matches(self, *, path: str, operation: str | None, shop: str | None) -> bool:
        """Whether every part that the rule names fits the request."""
        return (
            (self.path is None or _path_fits(self.path, path))
            and self.operation in (None, operation)
            and self.shop in (None, shop)
        )


def _path_fits(pattern: str, path: str) -> bool:
    if "*" in pattern:
        return fnmatchcase(path, pattern)
    if not pattern.startswith("/"):
        return pattern in path
    return path.startswith(pattern) if pattern.endswith("/") else path == pattern


class Faults:
    """The rules in force, their counters and their dice."""

    def __init__(self, kinds: Collection[str], seed: int = 0) -> None:
        self._kinds = kinds
        self._seed = seed
        self._dice = random.Random(seed)
        self._rules: list[_Counted] = []

    def __bool__(self) -> bool:
        return bool(self._rules)

    def load(self, rules: object) -> None:
        """Replaces all rules, counters and dice. Raises BadFault and then changes nothing."""
        if not isinstance(rules, list):
            raise BadFault("faults: send a list of rules; [] ends every fault")
        self._rules = [_Counted(read_fault(raw, self._kinds, at)) for at, raw in enumerate(rules)]
        self._dice = random.Random(self._seed)

    def pick(self, *, path: str, operation: str | None, shop: str | None) -> Fault | None:
        """The fault that hits this request, or None. Counts the request: ask once per request."""
        hit: Fault | None = None
        for rule in self._rules:
            if not rule.fault.matches(path=path, operation=operation, shop=shop):
                continue
            rule.matched += 1
            if hit is None and rule.is_due() and self._dice.random() < rule.fault.probability:
                rule.hits += 1
                hit = rule.fault
        return hit


@dataclass(slots=True)
class _Counted:
    fault: Fault
    matched: int = 0
    hits: int = 0

    def is_due(self) -> bool:
        fault = self.fault
        return self.matched > fault.after and (fault.count is None or self.hits < fault.count)


def read_fault(raw: object, kinds: Collection[str], at: int = 0) -> Fault:
    """One rule of these kinds from its JSON. Raises BadFault that names rule `at` and the field."""
    if not isinstance(raw, Mapping):
        raise BadFault(f"faults[{at}]: a rule is an object with at least a kind")
    match = raw.get("match") or {}
    for key in sorted({*map(str, raw)} - _KEYS):
        raise BadFault(f"faults[{at}].{key}: unknown; use {', '.join(sorted(_KEYS))}")
    if not isinstance(match, Mapping) or {*match} - _MATCH_KEYS:
        raise BadFault(f"faults[{at}].match: an object of {', '.join(sorted(_MATCH_KEYS))}")
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise BadFault(f"faults[{at}].kind: one of {', '.join(sorted(kinds))}")
    values = {key: raw[key] for key in _NUMBERS if raw.get(key) is not None}
    for key, value in values.items():
        _check_number(f"faults[{at}].{key}", value, or_text=key == "code")
    errors = _read_errors(f"faults[{at}].errors", raw.get("errors"), kind)
    return Fault(kind=kind, errors=errors, **{**match, **values})


def _check_number(field: str, value: object, *, or_text: bool) -> None:
    if or_text and isinstance(value, str):
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise BadFault(f"{field}: a number, 0 or more")


def _read_errors(where: str, given: object, kind: str) -> tuple[UserError, ...]:
    if kind != "user_errors":
        if given is not None:
            raise BadFault(f"{where}: only kind user_errors has errors")
        return ()
    if not isinstance(given, list) or not given:
        raise BadFault(f"{where}: a list of {{field, code, message}} that is not empty")
    return tuple(_read_error(f"{where}[{at}]", error) for at, error in enumerate(given))


def _read_error(where: str, given: object) -> UserError:
    if not isinstance(given, Mapping) or {*given} - {"field", "code", "message"}:
        raise BadFault(f"{where}: an object of field, code, message")
    path, code, message = given.get("field"), given.get("code"), given.get("message")
    if path is not None and not _is_path(path):
        raise BadFault(f"{where}.field: a list of names, or null")
    if code is not None and not isinstance(code, str):
        raise BadFault(f"{where}.code: a text, or null")
    if not isinstance(message, str):
        raise BadFault(f"{where}.message: missing; give the text that Shopify says")
    return {"field": path and [str(part) for part in path], "code": code, "message": message}


def _is_path(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(part, (str, int)) for part in given)
