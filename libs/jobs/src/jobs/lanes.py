"""How many jobs each lane may hand over: by weight, spread evenly over small claims."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jobs.job import LANES, Lane

WEIGHTS: Final[Mapping[Lane, int]] = MappingProxyType({"live": 8, "bulk": 3, "replay": 1})


class LaneShares:
    """Deals places to lanes so that over any stretch each gets its weight's part.

    The next place goes to the lane that is furthest behind its part. Also claims of one place
    therefore reach every lane now and then.
    """

    def __init__(self, weights: Mapping[Lane, int] = WEIGHTS) -> None:
        self._weights = weights
        self._total = sum(weights.values())
        self._behind = dict.fromkeys(LANES, 0)

    def deal(self, places: int) -> dict[Lane, int]:
        """How many of ``places`` each lane gets now."""
        dealt = dict.fromkeys(LANES, 0)
        for _ in range(places):
            for lane in LANES:
                self._behind[lane] += self._weights[lane]
            first = max(LANES, key=self._behind.__getitem__)
            self._behind[first] -= self._total
            dealt[first] += 1
        return dealt
