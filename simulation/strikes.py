"""Which faults may still strike, and which one a call meets."""

import re
from collections import Counter
from dataclasses import dataclass
from fnmatch import translate

from simulation.plan import Strike


@dataclass(slots=True)
class _Armed:
    strike: Strike
    pattern: re.Pattern[str]
    left: int


class Strikes:
    """The faults of a plan that calls meet; ``struck`` counts those that did, by kind."""

    def __init__(self, strikes: tuple[Strike, ...]) -> None:
        self.struck: Counter[str] = Counter()
        in_order = sorted(strikes, key=lambda strike: strike.at_s)
        self._later = [
            _Armed(strike, re.compile(translate(strike.on)), strike.skip) for strike in in_order
        ]
        self._due: list[_Armed] = []
        self.are_over = False

    def met_by(self, call: str, now: float) -> Strike | None:
        """The fault that this call (``machine/store.method``) meets, if any; it is used up."""
        while self._later and self._later[0].strike.at_s <= now:
            self._due.append(self._later.pop(0))
        for armed in self._due if not self.are_over else ():
            if armed.pattern.match(call):
                if armed.left:
                    armed.left -= 1
                    continue
                self._due.remove(armed)
                self.struck[armed.strike.kind] += 1
                return armed.strike
        return None
