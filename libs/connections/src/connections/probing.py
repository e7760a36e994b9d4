"""When a paused side of a shop is asked again whether it can be used: with growing waits.

Longer ones where the pause came back soon after it seemed to be over, because then asking does not
see what is wrong.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connections.waits import Waits
from lifecycle.shop import Lapse, Shop
from ordersync_contracts.events.shop import Side
from runtime.clock import Clock
from runtime.randomness import Chance


@dataclass(frozen=True, slots=True)
class _Asked:
    """How often this process has asked since one pause began, and when it does so next."""

    version: int
    times: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Probing:
    """One process's; others ask by themselves.

    ``at_once``: the first time is as soon as the pause is seen, for whoever looks seldom.
    """

    side: Side
    waits: Waits
    clock: Clock
    chance: Chance
    at_once: bool = False
    _asked: dict[str, _Asked] = field(default_factory=dict, init=False)

    def is_due(self, shop: Shop) -> bool:
        """Whether the shop's side is paused and it is time to ask; then it counts as asked."""
        lapse = shop.lapse_of(self.side)
        if lapse is None or not shop.is_connected or shop.pause_of(self.side) is None:
            return False
        now, asked = self.clock(), self._asked.get(shop.shop_id)
        if asked is None or asked.version != lapse.version:
            asked = self._asked[shop.shop_id] = self._begun(lapse)
        if now < asked.next_at:
            return False
        times = asked.times + 1
        wait = timedelta(seconds=self.waits.pause.delay(times, self.chance))
        self._asked[shop.shop_id] = _Asked(lapse.version, times, now + wait)
        return True

    def _begun(self, lapse: Lapse) -> _Asked:
        """Counted from when the pause began: processes may end sooner than the wait does."""
        wait_s = 0.0 if self.at_once else self.waits.pause.delay(1, self.chance)
        if lapse.relapses:
            wait_s = self.waits.relapse.delay(lapse.relapses, self.chance)
        return _Asked(lapse.version, 0, lapse.began_at + timedelta(seconds=wait_s))
