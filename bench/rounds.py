"""Contenders measured in turns, so that what disturbs the machine disturbs all of them."""

import gc
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.say import say

T = TypeVar("T")
Turn = Callable[[], Awaitable[float]]
"""One measurement from a fresh start; returns its rate, units a second."""
TurnOf = Callable[[T], Awaitable[float]]
"""A turn of whatever it is given."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The rates of one contender, one a round."""

    rates: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.rates)

    def to_json(self) -> dict[str, float]:
        """Median and range, rounded."""
        return {
            "median": round(self.median, 1),
            "min": round(min(self.rates), 1),
            "max": round(max(self.rates), 1),
        }


async def interleaved(name: str, turns: Mapping[str, Turn], rounds: int) -> dict[str, Measured]:
    """Each contender once a round, in reverse order every other round."""
    rates: dict[str, list[float]] = {contender: [] for contender in turns}
    for number in range(rounds):
        for contender in _order(tuple(turns), number):
            gc.collect()
            rates[contender].append(await turns[contender]())
    measured = {contender: Measured(tuple(found)) for contender, found in rates.items()}
    for contender, measure in measured.items():
        span = f"[{min(measure.rates):,.0f}-{max(measure.rates):,.0f}]"
        say(f"{name:12} {contender:16} {measure.median:10,.0f}/s  {span}")
    return measured


def ratio(ours: Measured, peer: Measured) -> float:
    """The median over rounds of our rate divided by the peer's in the same round."""
    return statistics.median(a / b for a, b in zip(ours.rates, peer.rates, strict=True))


def _order(contenders: Sequence[str], number: int) -> Sequence[str]:
    return contenders if number % 2 == 0 else tuple(reversed(contenders))
