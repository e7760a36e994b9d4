"""Drawn lives of orders: every kind occurs, and few acts find nothing to act on."""

import random
from collections import Counter
from statistics import median

from simulation.life import ACTS
from simulation.life.aftersales import AFTERSALES
from simulation.life.draw import draw_orders
from simulation.life.merchant import MERCHANT
from simulation.life.parcels import PARCELS
from simulation.life.seller import SELLER
from simulation.outside import Outside
from simulation.plan import Act, shop_id, store_domain

from simulators.shopify.in_process import running
from simulators.tiktok.in_process import START, InProcessTikTok

HORIZON_S = 80 * 3600.0


def drawn(seed: int) -> list[Act]:
    return draw_orders(random.Random(seed), (1, 2), HORIZON_S)


async def performed(acts: list[Act]) -> Counter[tuple[str, bool]]:
    """How often which kind found something to act on, and how often not.

    The stores have an order for each that was placed, as if synced.
    """
    clock = [float(START)]
    tiktok = InProcessTikTok(clock=lambda: clock[0])
    tiktok.start()
    for number in (1, 2):
        tiktok.shop_id = shop_id(number)
        await tiktok.open_shop()
    counted: Counter[tuple[str, bool]] = Counter()
    async with running(domains=(store_domain(1), store_domain(2))) as shopify:
        outside = Outside(tiktok, shopify, tiktok.time)
        for act in acts:
            clock[0] = START + act.at_s
            counted[act.kind, bool(await ACTS[act.kind].perform(outside, act.given))] += 1
            if act.kind == "place_order":
                store = outside.store(act.given["store"])
                await store.create(sourceIdentifier=act.given["order_id"])
    return counted


def test_every_kind_of_act_is_drawn_and_the_same_seed_draws_the_same() -> None:
    kinds = Counter(act.kind for seed in range(200) for act in drawn(seed))
    assert set(kinds) == {*SELLER, *PARCELS, *AFTERSALES, *MERCHANT}
    assert drawn(7) == drawn(7)


def test_histories_have_one_to_twenty_orders_with_a_median_of_four() -> None:
    placed = [sum(act.kind == "place_order" for act in drawn(seed)) for seed in range(200)]
    assert (min(placed), max(placed), median(placed)) == (1, 20, 4)


async def test_at_most_a_fifth_of_the_acts_of_200_plans_is_passed_over_and_no_kind_always() -> None:
    counted: Counter[tuple[str, bool]] = Counter()
    for seed in range(200):
        counted += await performed(drawn(seed))
    assert sum(times for (_, done), times in counted.items() if not done) <= counted.total() / 5
    assert {kind for kind, done in counted if done} == {kind for kind, _ in counted}
