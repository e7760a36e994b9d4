"""After how many histories each planted bug is found; the table of docs/simulation-plants.md."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from simulation.apart import Limits, run_all
from simulation.plan import Plan
from simulation.plants import PLANTS
from simulation.result import Result

MOST: Final = 120
"""Histories of one plant; what is not found by then is said not to be."""
TABLE: Final = Path(__file__).parent.parent / "docs/simulation-plants.md"
_LIMITS: Final = Limits(cpu_s=20, wall_s=60.0)
"""A planted bug may well keep a history from ending."""
_HEAD: Final = """# Planted bugs that histories find

Written by `python -m simulation --plants`. Each bug of `simulation/plants` is planted in the
histories of the seeds from 1 on, until a promise is broken that holds without it.

| the bug | found after | what was broken |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Found:
    """``after``: histories; 0: not found. ``how``: the first promise that was broken."""

    plant: str
    after: int
    how: str


def find(
    plant: str,
    draw: Callable[[int], Plan],
    run: Callable[[Plan], Result],
    at_once: int = 1,
    most: int = MOST,
) -> Found:
    """Seeds from 1 on. A history that fails without the plant too shows nothing of it."""
    plans = (replace(draw(seed), plant=plant) for seed in range(1, most + 1))
    for number, result in enumerate(run_all(run, plans, at_once, _LIMITS), start=1):
        if result.failures:
            sound = next(run_all(run, [replace(result.plan, plant="")], 1, _LIMITS))
            held = {failure.promise for failure in sound.failures}
            broken = [one for one in result.failures if one.promise not in held]
            if broken:
                return Found(plant, number, broken[0].promise)
    return Found(plant, 0, "")


def write_table(
    draw: Callable[[int], Plan],
    run: Callable[[Plan], Result],
    at_once: int,
    path: Path = TABLE,
    most: int = MOST,
) -> bool:
    """Whether all were found. The table is written anew after each plant."""
    found: list[Found] = []
    for plant in PLANTS:
        found.append(find(plant, draw, run, at_once, most))
        path.write_text(_HEAD + "".join(_rows(found, most)))
    return all(one.after for one in found)


def _rows(found: list[Found], most: int) -> Iterator[str]:
    for one in sorted(found, key=lambda one: (not one.after, one.after, one.plant)):
        says = " ".join((PLANTS[one.plant].__doc__ or "").split())
        after = f"{one.after}" if one.after else f"not in {most}"
        yield f"| `{one.plant}`: {says} | {after} | {one.how} |\n"
