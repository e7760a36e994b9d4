"""Old shape → next shape: pure functions over plain JSON objects, one per step.

An event stored in version n is read by applying the steps n → n+1 → … → newest. A step never
looks anything up: what the old shape did not say, the new shape gets as a constant or a default.
"""

from collections.abc import Callable, Mapping
from typing import Any

JsonObject = dict[str, Any]
Step = Callable[[JsonObject], JsonObject]
Steps = Mapping[tuple[str, int], Step]

STEPS: Steps = {}
"""From ``(event name, version)`` to the function that makes the next version of it."""


def upcast(
    name: str, version: int, newest: int, data: JsonObject, steps: Steps = STEPS
) -> JsonObject:
    """The data in the shape of version ``newest``; KeyError when a step is missing."""
    for step in range(version, newest):
        data = steps[(name, step)](data)
    return data
