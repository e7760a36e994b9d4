"""When a paused side is asked again, whatever becomes of the processes that ask."""

from datetime import UTC, datetime, timedelta

import pytest

from connections.probing import Probing
from connections.waits import Waits
from lifecycle.shop import Lapse, Shop

BEGAN_AT = datetime(2026, 10, 1, tzinfo=UTC)
WAITS = Waits()


class Paused:
    """A shop that is paused since ``BEGAN_AT``, and a process that asks; time passes."""

    def __init__(self, relapses: int, *, at_once: bool = True) -> None:
        lapse = Lapse("shopify", "shop_frozen", 9, BEGAN_AT, "", (), relapses)
        self.shop = Shop(
            version=9, is_connected=True, paused=(("shopify", "shop_frozen"),), lapses=(lapse,)
        )
        self.now = BEGAN_AT
        self.at_once = at_once
        self.begin_anew()

    def begin_anew(self) -> None:
        self.probing = Probing(
            "shopify", WAITS, lambda: self.now, lambda: 0.5, at_once=self.at_once
        )

    def asked_within(self, time: timedelta) -> int:
        """How often it is asked when looked at every half minute."""
        until, asked = self.now + time, 0
        while self.now < until:
            asked += self.probing.is_due(self.shop)
            self.now += timedelta(seconds=30)
        return asked


@pytest.mark.parametrize("hours", [1, 12])
def test_a_relapsed_pause_is_asked_for_although_processes_begin_anew(hours: int) -> None:
    paused, asked = Paused(relapses=9), []
    for _ in range(48 // hours):
        paused.begin_anew()
        asked.append(paused.asked_within(timedelta(hours=hours)))
    waited = sum(1 for times in asked if not times) * timedelta(hours=hours)
    assert timedelta(seconds=WAITS.relapse.longest / 2) <= waited + timedelta(hours=hours)
    assert waited <= timedelta(seconds=WAITS.relapse.longest)
    assert asked[-1]


def test_a_pause_seen_late_is_asked_for_at_once_and_a_new_one_after_its_wait() -> None:
    paused = Paused(relapses=0, at_once=False)
    assert not paused.probing.is_due(paused.shop)
    paused.now += timedelta(minutes=1)
    assert paused.probing.is_due(paused.shop)
    paused.begin_anew()
    assert paused.probing.is_due(paused.shop)
    assert not paused.probing.is_due(paused.shop)
