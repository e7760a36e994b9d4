"""Orders that keep arriving while something breaks, and what must be true of them in the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.system.history import Life
from tests.system.raw_orders import Raw
from tests.system.shopify_side import Entry, tiktok_id
from tests.system.stack import System
from tests.system.waiting import wait_until

MIX = {
    "standard": 6,
    "multi_line": 3,
    "gift": 1,
    "taxed": 2,
    "split": 2,
    "in_transit": 2,
    "delivered": 3,
    "fbt": 1,
    "unpaid": 1,
}
NOT_ELIGIBLE = {"fulfilled_by_tiktok", "unpaid"}
_SHOWN = {"in_transit": "IN_TRANSIT", "delivered": "DELIVERED"}


@dataclass(frozen=True)
class Traffic:
    """Orders of many kinds, ``count`` of them at ``rate_per_s``; made by the generator."""

    system: System
    before: frozenset[str]
    count: int

    @classmethod
    def begins(cls, system: System, *, count: int, rate_per_s: float, seed: int) -> "Traffic":
        """The first order arrives now."""
        before = frozenset(order["id"] for order in system.tiktok.orders())
        system.tiktok.generate_over_time(count, seed=seed, rate_per_s=rate_per_s, mix=MIX)
        return cls(system, before, count)

    def arrived(self) -> dict[str, Raw]:
        """The orders that have come so far, as TikTok has them, by id."""
        orders = {order["id"]: order for order in self.system.tiktok.orders()}
        return {order_id: raw for order_id, raw in orders.items() if order_id not in self.before}

    def while_arriving(self, step: Callable[[], None]) -> None:
        """Repeat the step until the last order has come."""
        while len(self.arrived()) < self.count:
            step()

    def settles(self, within_s: float) -> dict[str, Life]:
        """Every order's life, as soon as nothing is on its way for any of them."""
        ids = self.arrived().keys()

        def settled() -> dict[str, Life] | None:
            lives = {one: life for one, life in self.system.lives().items() if one in ids}
            done = len(lives) == len(ids) and all(life.is_settled for life in lives.values())
            return lives if done else None

        return wait_until(settled, within_s, self._unsettled)

    def _unsettled(self) -> str:
        lives = self.system.lives()
        open_ones = [
            lives.get(one, Life(one)) for one in self.arrived() if not _is_settled(lives, one)
        ]
        return "\n".join(["not settled:", *map(str, open_ones)])


def _is_settled(lives: dict[str, Life], order_id: str) -> bool:
    return order_id in lives and lives[order_id].is_settled


def assert_exactly_once(traffic: Traffic, within_s: float) -> None:
    """Each eligible order stands in Shopify once, every delivery with it, and no other order."""
    lives = traffic.settles(within_s)
    assert len(lives) == traffic.count
    entries: dict[str, list[Entry]] = {order_id: [] for order_id in lives}
    for entry in traffic.system.shopify.orders():
        if tiktok_id(entry) in entries:
            entries[tiktok_id(entry)].append(entry)
    wrong = [
        f"{life}: {verdict}"
        for order_id, life in lives.items()
        if (verdict := _verdict(life, entries[order_id]))
    ]
    assert not wrong, "\n".join(wrong)


def _verdict(life: Life, entries: list[Entry]) -> str:
    """What is wrong with an order; empty when nothing is."""
    if life.status == "Not eligible":
        known = life.reason_code in NOT_ELIGIBLE
        return "" if known and not entries else f"{len(entries)} in Shopify"
    if life.status != "Synced":
        return "not synced"
    if len(entries) != 1:
        return f"{len(entries)} in Shopify"
    if set(life.shopify_ids) != {entries[0]["order"]["id"]}:
        return f"recorded as {sorted(set(life.shopify_ids))}"
    return _deliveries(life, entries[0])


def _deliveries(life: Life, entry: Entry) -> str:
    """Every delivery status of TikTok's is one event of one fulfilment, in Shopify as here."""
    wanted = sorted(_SHOWN[at.event.status] for at in life.order.deliveries)
    shown = sorted(event["status"] for event in entry["events"])
    return "" if wanted == shown else f"deliveries {wanted}, in Shopify {shown}"


def let_pass(seconds: float) -> None:
    """Time of the run itself: how long a fault lasts, or until the next one strikes."""
    time.sleep(seconds)
