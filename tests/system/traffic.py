"""Orders that keep arriving while something breaks, and what must be true of them in the end."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import asyncpg
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
Begin = Callable[..., "Traffic"]
_DELIVERY = {"IN_TRANSIT": "In transit", "DELIVERED": "Delivered"}
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

    def has_ended(self) -> bool:
        """Whether the last order has come."""
        return len(self.arrived()) == self.count

    def carriers_come(self) -> None:
        """Every third order that awaits shipment is on its way, every sixth delivered."""
        waiting = [
            order for order in self.arrived().values() if order["status"] == "AWAITING_SHIPMENT"
        ]
        for number, order in enumerate(waiting):
            if number % 3 == 0:
                status = "IN_TRANSIT" if number % 2 else "DELIVERED"
                self.system.tiktok.patch(order["id"], status=status)

    def settles(self, within_s: float) -> dict[str, Life]:
        """Every order's life, as soon as nothing is on its way for any of them."""
        orders = self.arrived()

        def settled() -> dict[str, Life] | None:
            lives = self._lives(orders)
            return lives if not any(map(open_, lives.values())) else None

        def open_(life: Life) -> bool:
            return not (life.is_settled and _is_told(life, orders[life.order_id]))

        def unsettled() -> str:
            return "\n".join(map(str, filter(open_, self._lives(orders).values())))

        return wait_until(settled, within_s, unsettled, every_s=1.0)

    def _lives(self, ids: Collection[str]) -> dict[str, Life]:
        """Lives by id; empty ones while the database is being started again."""
        try:
            known = self.system.lives(ids)
        except (OSError, asyncpg.PostgresError):
            known = {}
        return {order_id: known.get(order_id, Life(order_id)) for order_id in ids}


def _is_told(life: Life, raw: Raw) -> bool:
    """Whether a merchant sees the delivery status that TikTok shows for a synced order."""
    return life.status != "Synced" or life.delivery == _DELIVERY.get(raw["status"])


def assert_exactly_once(traffic: Traffic, within_s: float) -> list[Life]:
    """Each eligible order stands in Shopify once, every delivery with it, and no other order.

    Returns the lives of all of them.
    """
    wait_until(traffic.has_ended, within_s, every_s=1.0)
    traffic.carriers_come()
    lives = traffic.settles(within_s)
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
    return list(lives.values())


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
    expected = sorted(_SHOWN[at.event.status] for at in life.order.deliveries)
    shown = sorted(event["status"] for event in entry["events"])
    return "" if expected == shown else f"deliveries {expected}, in Shopify {shown}"


def let_pass(seconds: float) -> None:
    """Time of the run itself: how long a fault lasts, or until the next one strikes."""
    time.sleep(seconds)
