"""What came of one history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    trace: Sequence[str]
    digest: str
    """SHA-256 of the trace, in hex."""
