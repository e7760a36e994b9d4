"""Bugs to plant in a history: each is what a plausible but wrong service would do.

A judge that finds nothing with one of these planted proves nothing. A plant changes modules for
good, so it is planted in the child that runs the history, before anything is built. What several
plants of the campaign on real processes do is done here by the same functions.
"""

from collections.abc import Callable, Mapping
from typing import Final

from simulation.plants import reading, telling, writing

PLANTS: Final[Mapping[str, Callable[[], None]]] = {
    plant.__name__: plant for plant in (*writing.PLANTS, *reading.PLANTS, *telling.PLANTS)
}
"""By name, which is a plan's ``plant``."""
