"""Draws what becomes of orders: who buys when, and what sellers and merchants then do."""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from simulation.life.draw_order import draw_order
from simulation.plan import Act, Json, order_id, shop_id, store_domain

_SHIPPED = ("ship", "in_transit", "deliver", "complete")
_LIVES: Final[tuple[tuple[str, ...], ...]] = (
    _SHIPPED,
    _SHIPPED,
    _SHIPPED[:3],
    _SHIPPED[:2],
    (),
    ("cancel_order",),
    ("ship", "cancel_order"),
    ("ship", "in_transit", "cancel_order"),
    ("ship", "in_transit", "refund_undelivered"),
    ("ship", "change_tracking", "in_transit", "deliver"),
    ("correct_address", *_SHIPPED[:2]),
    ("request_cancel", "accept_cancel"),
    ("ship", "request_cancel", "accept_cancel"),
    ("request_cancel", "reject_cancel", *_SHIPPED[:3]),
    ("request_cancel", "withdraw_cancel", *_SHIPPED[:2]),
)
_OF_SEVERAL: Final[tuple[tuple[str, ...], ...]] = (
    ("ship_part", *_SHIPPED),
    ("ship_part", "cancel_order"),
    ("ship", "split", "in_transit", "deliver"),
    ("ship_part", "ship", "combine", "in_transit"),
    ("cancel_line", *_SHIPPED[:3]),
    ("cancel_line", "cancel_order"),
)
"""Lives of orders with more than one unit."""
_MERCHANTS: Final[tuple[tuple[str, ...], ...]] = (
    ("merchant_delete",),
    ("merchant_hold", "merchant_release"),
    ("merchant_edit",),
    ("merchant_edit", "merchant_mark_paid"),
    ("merchant_tag", "merchant_untag"),
    ("merchant_note",),
    ("merchant_cancel",),
    ("merchant_archive", "merchant_reopen"),
    ("merchant_fulfil",),
    ("merchant_fulfil", "merchant_unfulfil"),
    ("merchant_unfulfil", "merchant_cancel"),
)
_SEVERAL = 0.4
_UNPAID = 0.2
_TOGETHER = 0.1
_INTERFERES = 0.3
_TOUCHED = 0.5
_SOON = 0.7
_SOON_S: Final = (20.0, 1_200.0)
"""A merchant mostly acts when the order has just come to his store: it is not shipped yet."""
_TAKES_SCOPES = 0.1
_SCOPES_AWAY_S = 4 * 3600.0


def draw_orders(dice: random.Random, shops: Sequence[int], horizon_s: float) -> list[Act]:
    """Acts in the order of time, of 1 to 20 orders (median 4) in these shops, by number."""
    count = min(20, max(1, round(dice.lognormvariate(1.386, 0.8))))
    acts: list[Act] = []
    newest: dict[int, Act] = {}
    for number in range(1, count + 1):
        shop = dice.choice(shops)
        ids = {"shop_id": shop_id(shop), "store": store_domain(shop), "order_id": order_id(number)}
        life = list(_life(dice, ids, newest.get(shop), horizon_s))
        newest[shop] = life[0]
        acts += [*life, *_merchant(dice, ids, life[0].at_s, horizon_s)]
    if dice.random() < _TOUCHED:
        touched = {"order_ids": [order_id(number) for number in range(1, count + 1)]}
        acts.append(Act(at_s=dice.uniform(0.5, 1) * horizon_s, kind="touch_orders", given=touched))
    for shop in shops:
        acts += _scopes(dice, store_domain(shop), horizon_s)
    return sorted(acts, key=lambda act: act.at_s)


def _life(dice: random.Random, ids: Json, before: Act | None, horizon_s: float) -> Iterator[Act]:
    """First the order is placed. ``before``: how the shop's order before this one was."""
    if before is not None and dice.random() < _TOGETHER:
        # Both have to wait for their seller: soon after this one is there.
        yield Act(at_s=before.at_s, kind="place_order", given={**ids, **draw_order(dice)})
        given = {**ids, "with_order_id": before.given["order_id"]}
        yield from _steps(dice, ("ship_together",), given, before.at_s, before.at_s + 600)
        yield from _steps(dice, _SHIPPED[1:3], ids, before.at_s + 600, horizon_s)
        return
    is_several, is_unpaid = dice.random() < _SEVERAL, dice.random() < _UNPAID
    kinds = dice.choice(_OF_SEVERAL if is_several else _LIVES)
    order = draw_order(dice, least=2 if is_several else 1)
    at_s = dice.uniform(0, 0.6) * horizon_s
    status = {"status": "UNPAID"} if is_unpaid else {}
    yield Act(at_s=at_s, kind="place_order", given={**ids, **order, **status})
    paid = (dice.choice(("pay", "pay", "pay_held")),) if is_unpaid else ()
    yield from _steps(dice, (*paid, *kinds), ids, at_s, horizon_s)


def _steps(
    dice: random.Random, kinds: Sequence[str], given: Json, since_s: float, until_s: float
) -> Iterator[Act]:
    times = sorted(dice.uniform(since_s, until_s) for _ in kinds)
    for at_s, kind in zip(times, kinds, strict=True):
        yield Act(at_s=at_s, kind=kind, given={**_how(dice, kind), **given})


def _merchant(dice: random.Random, ids: Json, since_s: float, until_s: float) -> Iterator[Act]:
    if dice.random() < _INTERFERES:
        kinds = dice.choice(_MERCHANTS)
        # Only what was added to a paid order is still to be paid.
        given = {**ids, "add": True} if "merchant_mark_paid" in kinds else ids
        if dice.random() < _SOON:
            since_s, until_s = (min(since_s + delay_s, until_s) for delay_s in _SOON_S)
        yield from _steps(dice, kinds, given, since_s, until_s)


def _how(dice: random.Random, kind: str) -> Json:
    names = {
        "merchant_edit": ("add", "restock"),
        "merchant_cancel": ("refund", "restock"),
        "merchant_fulfil": ("part",),
    }
    return {name: dice.random() < 0.5 for name in names.get(kind, ())}


def _scopes(dice: random.Random, store: str, horizon_s: float) -> Iterator[Act]:
    if dice.random() < _TAKES_SCOPES:
        at_s = dice.uniform(0.1, 0.8) * horizon_s
        back_s = min(at_s + dice.uniform(60, _SCOPES_AWAY_S), horizon_s)
        yield Act(at_s=at_s, kind="scopes_taken", given={"store": store})
        yield Act(at_s=back_s, kind="scopes_given", given={"store": store})
