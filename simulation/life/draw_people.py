"""Draws what people do: which orders they ask for, what they change, what befalls their shops.

What stops a shop (disconnected, withdrawn, uninstalled) is mended before the horizon, so that what
was wanted can be created in the end.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simulation.life.goods import SKUS, variant_id
from simulation.life.people import LINKED
from simulation.machine import EPOCH
from simulation.plan import STORES, Act, Json, shop_id, store_domain

_AUTOMATIC: Final = 0.7
_LIKELY: Final = {
    "switches": 0.15,
    "sync": 0.8,
    "twice": 0.3,
    "bulk": 0.4,
    "third": 0.6,
    "unlinks": 0.15,
    "changes": 0.35,
    "renews": 0.15,
    "backfill": 0.1,
    "retry": 0.15,
    "erase": 0.08,
    "replay": 0.15,
    "rebuild": 0.15,
}
_UPSETS: Final = {"": 64, "reconnect": 10, "move": 10, "withdraw": 8, "uninstall": 8}
"""What befalls a shop, one thing at most; in hundredths."""
_SETTINGS: Final[Mapping[str, Sequence[str]]] = {
    "cancellation": ("cancel", "tag", "ignore"),
    "customer": ("relay", "none"),
    "discounts": ("buyer_paid", "merchant_revenue"),
    "inventory": ("DECREMENT_IGNORING_POLICY", "BYPASS"),
}
TOPICS: Final = (
    "delivery-status-changed",
    "order-cancelled",
    "order-fetched",
    "product-link",
    "shop",
    "shopify-order-created",
    "shopify-order-draft",
    "shopify-order-failed",
    "sync-requested",
)
_DAY_S: Final = 86_400
_WINDOW_DAYS: Final = 7
_LEAST_TOKEN_S: Final = 25_200
"""A token that lives less than 6 hours is renewed at every call (``connections.grants``)."""


def draw_people(
    dice: random.Random, shops: Sequence[int], placed: Sequence[Act], horizon_s: float
) -> list[Act]:
    """Acts in the order of time, in these shops (numbers); ``placed``: the ``place_order`` acts."""
    spare = [number for number in range(1, STORES + 1) if number not in shops]
    acts: list[Act] = []
    for number in shops:
        orders = [act for act in placed if act.given["shop_id"] == shop_id(number)]
        moves_to = store_domain(spare.pop()) if spare else None
        acts += Days(dice, horizon_s, number, orders, moves_to).acts()
    for kind in ("replay", "rebuild"):
        if dice.random() < _LIKELY[kind]:
            given = {"topic": dice.choice(TOPICS)} if kind == "replay" else {}
            acts.append(Act(at_s=dice.uniform(0.3, 1) * horizon_s, kind=kind, given=given))
    return sorted(acts, key=lambda act: act.at_s)


@dataclass(slots=True)
class Days:
    """What is done about one shop. ``moves_to``: a store that nobody else has."""

    dice: random.Random
    horizon_s: float
    number: int
    placed: Sequence[Act]
    moves_to: str | None

    def acts(self) -> Iterator[Act]:
        """All, in no order."""
        yield from self._wishes()
        yield from self._links()
        yield from self._changes()
        yield from self._upset()
        yield from self._care()

    def _act(self, at_s: float, kind: str, **given: Json) -> Act:
        ids = {"shop_id": shop_id(self.number), **given}
        return Act(at_s=min(at_s, self.horizon_s), kind=kind, given=ids)

    def _is(self, what: str) -> bool:
        return self.dice.random() < _LIKELY[what]

    def _between(self, least: float, most: float = 1.0) -> float:
        """Seconds, from parts of the horizon."""
        return self.dice.uniform(least, most) * self.horizon_s

    def _in_turn(self, least: float, most: float) -> tuple[float, float]:
        first, second = sorted((self._between(least, most), self._between(least, most)))
        return first, second

    def _wishes(self) -> Iterator[Act]:
        if self.dice.random() < _AUTOMATIC:
            yield self._act(0.0, "settings", automatic_sync=True)
            if self._is("switches"):
                off, on = self._in_turn(0.1, 0.9)
                yield self._act(off, "settings", automatic_sync=False)
                yield self._act(on, "settings", automatic_sync=True)
            return
        for placed in self.placed:
            if self._is("sync"):
                clicks = 2 if self._is("twice") else 1
                at_s = self.dice.uniform(placed.at_s, self.horizon_s)
                order_id = placed.given["order_id"]
                yield self._act(at_s, "sync", order_id=order_id, clicks=clicks)
        if self._is("bulk"):
            yield self._act(self._between(0.4), "bulk_sync")

    def _links(self) -> Iterator[Act]:
        if self._is("third"):
            yield self._link(self._between(0), SKUS[2], store_domain(self.number))
        if self._is("unlinks"):
            sku_id = self.dice.choice(LINKED)
            gone, back = self._in_turn(0.05, 0.9)
            yield self._act(gone, "unlink", sku_id=sku_id)
            yield self._link(back, sku_id, store_domain(self.number))

    def _link(self, at_s: float, sku_id: str, store: str) -> Act:
        return self._act(at_s, "link", sku_id=sku_id, variant_id=variant_id(store, sku_id))

    def _changes(self) -> Iterator[Act]:
        if self._is("changes"):
            name = self.dice.choice(sorted(_SETTINGS))
            value = self.dice.choice(_SETTINGS[name])
            yield self._act(self._between(0), "settings", **{name: value})

    def _upset(self) -> Iterator[Act]:
        kinds: Mapping[str, Callable[[], Iterator[Act]]] = {
            "reconnect": self._reconnects,
            "move": self._moves,
            "withdraw": self._withdraws,
            "uninstall": self._uninstalls,
        }
        (kind,) = self.dice.choices(list(_UPSETS), list(_UPSETS.values()))
        if kind:
            yield from kinds[kind]()

    def _reconnects(self) -> Iterator[Act]:
        gone, back = self._in_turn(0.1, 0.9)
        yield self._act(gone, "disconnect")
        yield self._act(back, "connect", store=store_domain(self.number))

    def _moves(self) -> Iterator[Act]:
        """To another store; the products are linked with what that has, one after the other."""
        if self.moves_to is None:
            return
        at_s = self._between(0.1, 0.7)
        yield self._act(at_s, "connect", store=self.moves_to, authorise=False)
        for sku_id in SKUS:
            at_s = self.dice.uniform(at_s, self.horizon_s * 0.9)
            yield self._link(at_s, sku_id, self.moves_to)

    def _withdraws(self) -> Iterator[Act]:
        gone, back = self._in_turn(0.1, 0.9)
        yield self._act(gone, "withdraw")
        yield self._act(back, "authorise")

    def _uninstalls(self) -> Iterator[Act]:
        gone, back = self._in_turn(0.1, 0.9)
        store = store_domain(self.number)
        yield self._act(gone, "uninstall", store=store)
        yield self._act(back, "install", store=store)

    def _care(self) -> Iterator[Act]:
        if self._is("renews"):
            lives = round(self.dice.uniform(_LEAST_TOKEN_S, _DAY_S))
            yield self._act(self._between(0, 0.5), "authorise", access_token_s=lives)
        if self._is("backfill"):
            days = _WINDOW_DAYS + self.dice.randint(1, 30)
            since = int(EPOCH.timestamp()) - days * _DAY_S
            yield self._act(self._between(0), "backfill", since=since)
        if self._is("retry"):
            yield self._act(self._between(0.3), "bulk_sync", code="unlinked_sku")
        if self.placed and self._is("erase"):
            order_id = self.dice.choice(self.placed).given["order_id"]
            store = store_domain(self.number)
            yield self._act(self._between(0.6), "erase", store=store, order_id=order_id)
