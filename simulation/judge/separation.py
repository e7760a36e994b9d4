"""Separation: nothing of one shop stands in another's store."""

from collections.abc import Iterator

from simulation.evidence import Failure
from simulation.judge.wishes import Wishes
from simulation.judge.world import Made, Tiktok

PROMISE = "separation"


def separation_failures(orders: list[Made], tiktok: Tiktok, wishes: Wishes) -> Iterator[Failure]:
    """An order may stand in any store that its shop was ever connected to."""
    for made in orders:
        shop_id = tiktok.shops.get(made.order_id)
        if shop_id is None:
            yield Failure(PROMISE, made.about, "no shop has such an order")
        elif made.store not in wishes.stores(shop_id):
            yield Failure(PROMISE, made.about, f"shop {shop_id} was never connected to this store")
