"""Faults on demand: what happens to a request that a rule hits. Both simulators use it.

Which request is hit says `simulators.fault_rules`.

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

Shopify alone also has `user_errors` (`simulators.shopify.refusal`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from simulators.exchange import Answer, Exchange
from simulators.fault_rules import Fault


class Platform(Protocol):
    """How one platform words a fault."""

    @property
    def effects(self) -> "Mapping[str, Effect]":
        """What each kind does to a request: `EFFECTS`, and what only this platform has."""

    def refusal(self, fault: Fault, /) -> Answer:
        """The answer for kinds `status` and `throttle`: nothing was executed."""

    def partial(self, fault: Fault, answer: Answer, /) -> Answer:
        """The answer for kind `partial`, made from the one the platform would have given."""


async def inflict(fault: Fault, exchange: Exchange, platform: Platform) -> None:
    """Does to a request what the fault says; afterwards the request is over."""
    await platform.effects[fault.kind](fault, exchange, platform)


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
