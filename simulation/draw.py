"""Draws a plan from a seed."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from simulation.faults import FAULTS
from simulation.life.draw import draw_orders
from simulation.life.draw_people import draw_people
from simulation.plan import Plan, Strike

_HORIZONS: Final = ((0.55, 600.0, 3_600.0), (0.35, 3_600.0, 28_800.0), (0.10, 28_800.0, 288_000.0))
"""How likely a history is how long: most are short, some take days."""
_FEWEST: Final = 5
_MOST: Final = 12
_MOST_SKIPPED: Final = 40
_LIKELY: Final = {"lost_after": 3, "dies_after": 3, "late": 2, "stops_before": 3, "dies_before": 2}


_AT_CREATE: Final = (
    *("late", "late", "lost_after", "lost_before", "reset", "truncated", "status"),
    *("dies_after", "dies_before", "stops_before", "stops_before", "stops_after", "slow_after"),
)
_CALLS_OF_CREATION: Final = (
    *(("shopify-writer-*/shopify.order_create", 0),) * 6,
    ("shopify-writer-*/shopify.order_create", 1),
    ("shopify-writer-*/shopify.order_find*", 0),
    ("shopify-writer-*/events.append", 0),
    ("shopify-writer-*/events.append", 1),
    ("shopify-writer-*/jobs.finish", 0),
    ("shopify-writer-*/jobs.sending", 0),
)
"""What a writer calls when it creates an order, and how many of these are let pass."""


def draw(seed: int) -> Plan:
    """The plan of this seed."""
    dice = random.Random(f"{seed}/plan")
    horizon_s = _horizon(dice)
    shops = dice.choices((1, 2, 3), (7, 2, 1))[0]
    numbers = range(1, shops + 1)
    orders = draw_orders(dice, numbers, horizon_s)
    placed = [act for act in orders if act.kind == "place_order"]
    people = draw_people(dice, numbers, placed, horizon_s)
    times = [act.at_s for act in placed]
    strikes = [*draw_strikes(dice, horizon_s), *aimed_strikes(dice, times)]
    return Plan(
        seed=seed,
        horizon_s=horizon_s,
        settings={**pace(horizon_s), "unique_metafield": dice.choice(("drop", "drop", "refuse"))},
        shops=shops,
        acts=tuple(sorted((*orders, *people), key=lambda act: act.at_s)),
        strikes=tuple(sorted(strikes, key=lambda strike: strike.at_s)),
    )


def _horizon(dice: random.Random) -> float:
    ((_, least, most),) = dice.choices(_HORIZONS, [likely for likely, _, _ in _HORIZONS])
    return round(dice.uniform(least, most), 1)


def draw_strikes(dice: random.Random, horizon_s: float) -> list[Strike]:
    """At least five faults, of any kind."""
    kinds = list(FAULTS)
    weights = [_LIKELY.get(kind, 1) for kind in kinds]
    count = dice.randint(_FEWEST, _MOST)
    return [_strike(dice, kind, horizon_s) for kind in dice.choices(kinds, weights, k=count)]


def aimed_strikes(dice: random.Random, times: Sequence[float]) -> list[Strike]:
    """What breaks careless writers: faults at the one call that must not be made twice, while what
    Shopify finds is old. ``times``: when orders are placed.
    """
    drawn = [_aimed(dice, kind, dice.choice(times)) for kind in dice.choices(_AT_CREATE, k=3)]
    if drawn and dice.random() < 0.6:
        lag = {
            "lookup_lag_s": dice.choice((0, 20, 60, 120)),
            "search_lag_s": dice.choice((30, 120)),
        }
        drawn.append(Strike(at_s=0.0, kind="lagging", on=FAULTS["lagging"].aims[0], given=lag))
    return drawn if dice.random() < 0.7 else []


def _aimed(dice: random.Random, kind: str, placed_s: float) -> Strike:
    call, after = dice.choice(_CALLS_OF_CREATION)
    return Strike(at_s=placed_s, kind=kind, on=call, given=_given(dice, kind), skip=after)


def _strike(dice: random.Random, kind: str, horizon_s: float) -> Strike:
    fault = FAULTS[kind]
    return Strike(
        at_s=round(dice.random() * 0.9 * horizon_s, 3),
        kind=kind,
        on=dice.choice(fault.aims),
        skip=dice.randint(0, _MOST_SKIPPED) if fault.happen is None and dice.random() < 0.5 else 0,
        given=_given(dice, kind),
    )


def _given(dice: random.Random, kind: str) -> dict[str, Any]:
    """How long, how late, by how much."""
    draws = _GIVEN.get(kind) or _GIVEN.get(kind.partition("_")[0])
    if draws is None:
        draws = _AWAY if kind.endswith("away") else {}
    return {name: drawn(dice) for name, drawn in draws.items()}


def _between(least: float, most: float) -> Callable[[random.Random], float]:
    return lambda dice: round(dice.uniform(least, most), 3)


def _one_of(*values: float) -> Callable[[random.Random], float]:
    return lambda dice: dice.choice(values)


def _stop(dice: random.Random) -> float:
    """Shorter than a lease, longer than one, longer than its session, and minutes."""
    return round(dice.choice((2.0, 12.0, 25.0, 60.0, 240.0)) * (0.5 + dice.random()), 3)


_Draws = Mapping[str, Callable[[random.Random], float]]
_AWAY: Final[_Draws] = {"seconds": _between(1.0, 120.0)}
_LATE: Final[_Draws] = {"late_s": _between(1.0, 200.0), "seconds": _between(1.0, 20.0)}
_DIES: Final[_Draws] = {"restart_s": _one_of(0.5, 2.0, 30.0)}
_ODDS: Final = _one_of(0.0, 0.3, 1.0)
_GIVEN: Final[Mapping[str, _Draws]] = {
    "stop": {"seconds": _stop},
    "stops": {"seconds": _stop},
    "slow": {"seconds": _between(1.0, 25.0)},
    "clock_off": {"seconds": _between(-2.0, 2.0)},
    "late": _LATE,
    "webhook_late": _LATE,
    "webhook": {},
    "status": {"status": _one_of(429, 500, 502, 503)},
    "lagging": {"lookup_lag_s": _one_of(0, 5, 60), "search_lag_s": _one_of(5, 30, 120)},
    "notifications_unreliable": {"drop": _ODDS, "duplicate": _ODDS, "reorder": _ODDS},
    "dies": _DIES,
    "crash": _DIES,
}
"""By kind, or by its first word."""


def pace(horizon_s: float) -> dict[str, Any]:
    """How often services look by themselves: seldom in a history of days, as none is for that."""
    beat = max(1.0, horizon_s / 300)
    slow = max(60.0, horizon_s / 20)
    return {
        "inbox_interval_s": 5 * beat,
        "authorisations_interval_s": 3600.0,
        "erasure_interval_s": 3600.0,
        "assignment_interval_s": 4 * beat,
        "poll_interval_s": 10 * beat,
        "aftermath_interval_s": slow,
        "sweep_interval_s": 4 * slow,
        "reconcile_interval_s": 8 * slow,
        "queue_interval_s": 5 * beat,
        "automatic_sync_interval_s": slow,
        "blocked_check_interval_s": 4 * slow,
        "variant_check_interval_s": 8 * slow,
        "missed_interval_s": slow,
        "reconcile_stores_every_s": 8 * slow,
        "beats": {
            "stores": slow,
            "adoption": slow,
            "reconciliation": 2 * slow,
            "webhooks": 10 * beat,
            "read_back": 4 * beat,
            "jobs": 2 * beat,
            "orphans": 5 * beat,
            "purge": 8 * slow,
        },
        "poll_interval_s_relay": 60.0,
        "standby_interval_s": 5 * beat,
        "measure_interval_s": 3600.0,
        "rows_poll_s": slow,
        "rows_retry_s": 4 * slow,
        "bulk_poll_s": 5 * beat,
        "quiet_s": max(900.0, 5 * slow),
    }
