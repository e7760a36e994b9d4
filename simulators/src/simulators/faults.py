"""Faults on demand: which request is hit, and what then happens to it. Both simulators use it.

`PUT /_sim/faults` takes `[{match: {path?, operation?, shop?}, kind, status?, code?, delay_s?,
probability, after, count}]` and replaces all rules; `[]` ends every fault.

A rule matches a request when every given part of `match` does. `path`: the exact path; with `*` a
glob; ending in `/` a prefix; not starting with `/` a part of the path. `operation`: the GraphQL
root field (Shopify) or the endpoint's name (TikTok Shop). `shop`: shop id or domain. Every rule
counts every request that matches it; it lets the first `after` pass and hits at most `count`
(absent: no limit), each with `probability` (absent: 1) by dice that `load` puts back to the same
start. Of several rules that would hit a request, the first one does.

| kind | executed? | the client sees |
|---|---|---|
| status | no | `status` (default 503) with the platform's error body, `code` in it |
| throttle | no | the platform's own way to say "too many requests" |
| html | no | `status` (default 502) and a page of HTML |
| timeout_before | no | nothing until it gives up (with `delay_s`: a reset after that long) |
| timeout_after_commit | yes, at once | the same nothing |
| late_commit | yes, `delay_s` (default 0) after it gave up | the same nothing |
| reset | no | a connection reset |
| reset_after_commit | yes | a connection reset |
| truncated | yes | half of the body that content-length announced, then the end of the connection |
| partial | yes | the platform's answer for "done, but the result could not be read" |
| slow | yes, after `delay_s` (default 1) | the right answer, late |
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from simulators.exchange import Answer, Exchange

_KEYS = {"match", "kind", "status", "code", "delay_s", "probability", "after", "count"}
_MATCH_KEYS = {"path", "operation", "shop"}


class BadFault(ValueError):
    """A fault rule that cannot be used. The text names the rule, the field and the fix."""


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

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._dice = random.Random(seed)
        self._rules: list[_Counted] = []

    def __bool__(self) -> bool:
        return bool(self._rules)

    def load(self, rules: object) -> None:
        """Replaces all rules, counters and dice. Raises BadFault and then changes nothing."""
        if not isinstance(rules, list):
            raise BadFault("faults: send a list of rules; [] ends every fault")
        self._rules = [_Counted(read_fault(raw, at)) for at, raw in enumerate(rules)]
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


def read_fault(raw: object, at: int = 0) -> Fault:
    """One rule from its JSON. Raises BadFault that names rule number `at` and the field."""
    if not isinstance(raw, Mapping):
        raise BadFault(f"faults[{at}]: a rule is an object with at least a kind")
    match = raw.get("match") or {}
    for key in sorted({*map(str, raw)} - _KEYS):
        raise BadFault(f"faults[{at}].{key}: unknown; use {', '.join(sorted(_KEYS))}")
    if not isinstance(match, Mapping) or {*match} - _MATCH_KEYS:
        raise BadFault(f"faults[{at}].match: an object of {', '.join(sorted(_MATCH_KEYS))}")
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in EFFECTS:
        raise BadFault(f"faults[{at}].kind: one of {', '.join(sorted(EFFECTS))}")
    values = {key: raw[key] for key in _KEYS - {"match", "kind"} if raw.get(key) is not None}
    for key, value in values.items():
        _check_number(f"faults[{at}].{key}", value, or_text=key == "code")
    return Fault(kind=kind, **{**match, **values})


def _check_number(field: str, value: object, *, or_text: bool) -> None:
    if or_text and isinstance(value, str):
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise BadFault(f"{field}: a number, 0 or more")


class Platform(Protocol):
    """How one platform words a fault."""

    def refusal(self, fault: Fault, /) -> Answer:
        """The answer for kinds `status` and `throttle`: nothing was executed."""

    def partial(self, fault: Fault, answer: Answer, /) -> Answer:
        """The answer for kind `partial`, made from the one the platform would have given."""


async def inflict(fault: Fault, exchange: Exchange, platform: Platform) -> None:
    """Does to a request what the fault says; afterwards the request is over."""
    await EFFECTS[fault.kind](fault, exchange, platform)


async def refuse(fault: Fault, exchange: Exchange, platform: Platform) -> None:
    """Not executed; the platform's own error."""
    await exchange.answer(platform.refusal(fault))


async def show_page(fault: Fault, exchange: Exchange, _: Platform) -> None:
    """Not executed; a gateway's page instead of JSON."""
    status = fault.status or 502
    page = f"<!DOCTYPE html><html><body><h1>{status}</h1><p>Bad gateway</p></body></html>"
    headers = ((b"content-type", b"text/html; charset=utf-8"),)
    await exchange.answer(Answer(status, headers, page.encode()))


async def fall_silent(fault: Fault, exchange: Exchange, _: Platform) -> None:
    """Not executed and not answered: until the client gives up, or for `delay_s`."""
    await _hold(fault, exchange)


async def fall_silent_after_commit(fault: Fault, exchange: Exchange, _: Platform) -> None:
    """Executed at once, and not answered."""
    await exchange.execute()
    await _hold(fault, exchange)


async def _hold(fault: Fault, exchange: Exchange) -> None:
    try:
        await asyncio.wait_for(exchange.client_gone(), fault.delay_s)
    except TimeoutError:
        await exchange.reset()


async def commit_late(fault: Fault, exchange: Exchange, _: Platform) -> None:
    """Executed only `delay_s` after the client gave up."""
    await exchange.client_gone()
    await asyncio.sleep(fault.delay_s or 0)
    await exchange.execute()


async def cut_before(_: Fault, exchange: Exchange, __: Platform) -> None:
    """Not executed; a connection reset."""
    await exchange.reset()


async def cut_after_commit(_: Fault, exchange: Exchange, __: Platform) -> None:
    """Executed; a connection reset instead of the answer."""
    await exchange.execute()
    await exchange.reset()


async def cut_short(_: Fault, exchange: Exchange, __: Platform) -> None:
    """Executed; half of the announced body, then the end of the connection."""
    answer = await exchange.execute()
    await exchange.answer(answer, cut_after=len(answer.body) // 2)
    await exchange.close()


async def answer_partially(fault: Fault, exchange: Exchange, platform: Platform) -> None:
    """Executed; the platform says that it could not read the result."""
    await exchange.answer(platform.partial(fault, await exchange.execute()))


async def answer_slowly(fault: Fault, exchange: Exchange, _: Platform) -> None:
    """Executed after `delay_s`, then answered as ever."""
    await asyncio.sleep(1.0 if fault.delay_s is None else fault.delay_s)
    await exchange.proceed()


Effect = Callable[[Fault, Exchange, Platform], Awaitable[None]]
EFFECTS: Mapping[str, Effect] = {
    "status": refuse,
    "throttle": refuse,
    "html": show_page,
    "timeout_before": fall_silent,
    "timeout_after_commit": fall_silent_after_commit,
    "late_commit": commit_late,
    "reset": cut_before,
    "reset_after_commit": cut_after_commit,
    "truncated": cut_short,
    "partial": answer_partially,
    "slow": answer_slowly,
}
