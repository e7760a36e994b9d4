"""Many histories for a time, and what came of them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace

from simulation.apart import run_all
from simulation.plan import Json, Plan
from simulation.result import Result

ENOUGH = 300
"""Histories from which on what they did not meet says something."""


@dataclass(slots=True)
class Report:
    """``struck`` and ``done``: by kind; ``hit``: in how many histories a kind of fault struck."""

    histories: int = 0
    events: int = 0
    virtual_s: float = 0.0
    per_minute_and_core: float = 0.0
    failed: dict[int, list[str]] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Counts a history in."""
        self.histories += 1
        self.events += result.events
        self.virtual_s += result.virtual_s
        self.struck.update(result.struck)
        self.hit.update(kind for kind, times in result.struck.items() if times)
        self.done.update(result.done)
        if result.failures:
            self.failed[result.plan.seed] = [f"{one.promise}: {one.how}" for one in result.failures]

    def rare(self, kinds: tuple[str, ...], share: float = 0.01) -> list[str]:
        """The kinds of fault that struck in less than this share of the histories."""
        return [kind for kind in kinds if self.hit[kind] < share * self.histories]

    def lacking(self, kinds: tuple[str, ...]) -> list[str]:
        """What is rare, in words; nothing as long as the histories are too few to say."""
        if self.histories < ENOUGH:
            return []
        return [f"{kind} struck in {self.hit[kind]} histories" for kind in self.rare(kinds)]

    def as_json(self) -> dict[str, Json]:
        """As a mapping of JSON."""
        return asdict(self)

    def text(self) -> str:
        """For a reader."""
        return "".join(f"{name:20} {value}\n" for name, value in self.as_json().items())


def explore(
    draw: Callable[[int], Plan],
    run: Callable[[Plan], Result],
    minutes: float,
    first: int,
    at_once: int,
) -> Report:
    """Seeds from ``first`` on, for so long by the wall clock.

    ValueError: the time is too short for a history; nothing was run, so nothing was shown.
    """
    began, report = time.monotonic(), Report()

    def plans() -> Iterator[Plan]:
        seed = first
        while time.monotonic() - began < minutes * 60:
            yield draw(seed)
            seed += 1

    for result in run_all(_without_trace(run), plans(), at_once):
        report.add(result)
    if not report.histories:
        raise ValueError(f"no history was run in {minutes} minutes: give it more")
    report.per_minute_and_core = report.histories * 60 / (time.monotonic() - began) / at_once
    return report


def _without_trace(run: Callable[[Plan], Result]) -> Callable[[Plan], Result]:
    """Nobody reads it of so many; telling it would cost as much as a part of the history."""
    return lambda plan: replace(run(plan), trace=())
