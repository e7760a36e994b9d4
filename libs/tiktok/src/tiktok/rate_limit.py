"""How fast to call: per shop and endpoint, slower as soon as TikTok says so, then carefully faster.

TikTok limits calls per app, shop and endpoint, dynamically, and publishes no numbers (Partner
Center: "Common errors", 36009002). So: at most ``Limits.start`` calls a second, halved by every
refusal, nothing at all until its Retry-After is over, a quarter more after each quiet
``Limits.raise_after_s``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

Monotonic = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
_MORE: Final = 1.25
_WAIT_WHEN_UNSAID_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls a second."""

    start: float = 20.0
    least: float = 0.2
    raise_after_s: float = 60.0


@dataclass(slots=True)
class _Lane:
    """One shop's calls of one endpoint: its rate, and when the next call may be made."""

    rate: float
    quiet_since: float
    next_at: float = 0.0


@dataclass
class RateLimit:
    """Shared by all calls of one client."""

    monotonic: Monotonic
    sleep: Sleep = asyncio.sleep
    limits: Limits = field(default_factory=Limits)
    _lanes: dict[tuple[str, str], _Lane] = field(default_factory=dict)

    async def turn(self, shop: str, operation: str) -> None:
        """Wait until the call may be made; calls keep the order in which they came."""
        lane, now = self._lane(shop, operation), self.monotonic()
        self._quicken(lane, now)
        at = max(lane.next_at, now)
        lane.next_at = at + 1 / lane.rate
        if at > now:
            await self.sleep(at - now)

    def refused(self, shop: str, operation: str, retry_after_s: float | None) -> None:
        """TikTok answered that there were too many."""
        lane, now = self._lane(shop, operation), self.monotonic()
        lane.rate = max(lane.rate / 2, self.limits.least)
        lane.quiet_since = now
        wait_s = _WAIT_WHEN_UNSAID_S if retry_after_s is None else retry_after_s
        lane.next_at = max(lane.next_at, now + wait_s)

    def rate(self, shop: str, operation: str) -> float:
        """Calls a second that are made at most now."""
        return self._lane(shop, operation).rate

    def _lane(self, shop: str, operation: str) -> _Lane:
        new = _Lane(self.limits.start, self.monotonic())
        return self._lanes.setdefault((shop, operation), new)

    def _quicken(self, lane: _Lane, now: float) -> None:
        while lane.rate < self.limits.start and (
            now - lane.quiet_since >= self.limits.raise_after_s
        ):
            lane.rate = min(lane.rate * _MORE, self.limits.start)
            lane.quiet_since += self.limits.raise_after_s
