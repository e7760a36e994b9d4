"""A kind of act: who does it, and how."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from simulation.outside import Outside
from simulation.plan import Json

Given: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ActKind:
    """`perform` answers False when there was nothing to act on: the act is passed over.

    A mapping: it was done, and this, not what the plan says, is what the deed was given.
    """

    who: Literal["seller", "buyer", "merchant", "person"]
    perform: Callable[[Outside, Given], Awaitable[bool | Given]]
