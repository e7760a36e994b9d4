"""What came of one history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from pydantic import TypeAdapter

from simulation.evidence import Failure
from simulation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """``failures``: empty when every promise held. ``struck`` and ``done``: how many faults struck
    and acts were done, by kind. ``trace``: one line of JSON each: ``{"at", "who", "what", …}``.
    """

    plan: Plan
    failures: Sequence[Failure]
    struck: Mapping[str, int]
    done: Mapping[str, int]
    events: int
    virtual_s: float
    trace: tuple[str, ...]
    digest: str
    """SHA-256 of the trace, in hex."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A result from its JSON. ValueError names the field that cannot be read."""
        result: Self = TypeAdapter(cls).validate_json(text)
        return result

    def to_json(self) -> str:
        """As a child tells it to its parent. TypeError: something in the plan is no JSON."""
        return json.dumps(asdict(self))
