"""What people do, drawn: every kind occurs, nothing that stops a shop lasts, plans repeat."""

import random
from collections import Counter

from simulation.life.draw import draw_orders
from simulation.life.draw_people import TOPICS, draw_people
from simulation.life.people import PEOPLE
from simulation.plan import STORES, Act, shop_id, store_domain

from ordersync_contracts import topics

HORIZON_S = 20_000.0
MENDED_BY = {"disconnect": "connect", "withdraw": "authorise", "uninstall": "install"}


def drawn(seed: int) -> list[Act]:
    dice = random.Random(seed)
    orders = draw_orders(dice, (1, 2), HORIZON_S)
    placed = [act for act in orders if act.kind == "place_order"]
    return draw_people(dice, (1, 2), placed, HORIZON_S)


PLANS = [drawn(seed) for seed in range(300)]


def test_every_kind_is_drawn_within_the_horizon_and_the_same_seed_draws_the_same() -> None:
    kinds = Counter(act.kind for plan in PLANS for act in plan)
    assert set(kinds) == set(PEOPLE)
    assert min(kinds.values()) >= 10
    assert all(0 <= act.at_s <= HORIZON_S for plan in PLANS for act in plan)
    assert drawn(7) == drawn(7)


def test_what_stops_a_shop_is_mended_later() -> None:
    for plan in PLANS:
        for number, act in enumerate(plan):
            if act.kind in MENDED_BY:
                later = [(each.kind, each.given["shop_id"]) for each in _of_shops(plan[number:])]
                assert (MENDED_BY[act.kind], act.given["shop_id"]) in later


def test_no_two_shops_ever_go_to_the_same_store() -> None:
    for plan in PLANS:
        homes = {(store_domain(number), shop_id(number)) for number in (1, 2)}
        moved = {
            (act.given["store"], act.given["shop_id"]) for act in plan if act.kind == "connect"
        }
        stores = Counter(store for store, _ in homes | moved)
        assert set(stores.values()) == {1}
        assert set(stores) <= {store_domain(number) for number in range(1, STORES + 1)}


def test_most_shops_sync_by_themselves_from_the_beginning() -> None:
    first = sum(
        act.at_s == 0 and act.given.get("automatic_sync") is True for plan in PLANS for act in plan
    )
    assert first > len(PLANS)  # of two shops in each


def test_the_topics_that_groups_consume_are_replayed() -> None:
    assert set(TOPICS) == {topic.name for topic in topics.ALL if topic.consumers}


def _of_shops(acts: list[Act]) -> list[Act]:
    return [act for act in acts if "shop_id" in act.given]
