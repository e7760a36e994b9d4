"""A failing plan made smaller, while it still breaks the same promise."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from simulation.plan import Plan
from simulation.result import Result

T = TypeVar("T")
RUNS = 200
"""At most; a history takes about half a second."""


def shrink(plan: Plan, promise: str, run: Callable[[Plan], Result], runs: int = RUNS) -> Plan:
    """Fewest strikes first, then acts, then shops, then the horizon. At most ``runs`` runs.

    The result breaks ``promise``, as ``plan`` does; when runs are short it is merely less small.
    """
    left = runs

    def breaks(smaller: Plan) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and any(one.promise == promise for one in run(smaller).failures)

    strikes = _fewest(plan.strikes, lambda kept: breaks(replace(plan, strikes=kept)))
    plan = replace(plan, strikes=strikes)
    acts = _fewest(plan.acts, lambda kept: breaks(replace(plan, acts=kept)))
    plan = replace(plan, acts=acts)
    while plan.shops > 1 and breaks(fewer := replace(plan, shops=plan.shops - 1)):
        plan = fewer
    moments = [act.at_s for act in plan.acts] + [strike.at_s for strike in plan.strikes]
    last = max(moments, default=0.0)
    shorter = replace(plan, horizon_s=last)
    return shorter if last < plan.horizon_s and breaks(shorter) else plan


def _fewest(all_of: tuple[T, ...], breaks: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """Delta debugging: leave out ever smaller parts, down to each one alone."""
    size = len(all_of)
    while all_of and size:
        smaller = _without_part(all_of, size, breaks)
        if smaller is None:
            size //= 2
        else:
            all_of, size = smaller, min(size, len(smaller))
    return all_of


def _without_part(
    all_of: Sequence[T], size: int, breaks: Callable[[tuple[T, ...]], bool]
) -> tuple[T, ...] | None:
    for start in range(0, len(all_of), size):
        kept = (*all_of[:start], *all_of[start + size :])
        if breaks(kept):
            return kept
    return None
