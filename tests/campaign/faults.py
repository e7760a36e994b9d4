"""What may go wrong at Shopify, as rules for the simulator (`simulators.faults`)."""

from typing import Any


def _rule(operation: str, kind: str, probability: float, **more: object) -> dict[str, Any]:
    return {"match": {"operation": operation}, "kind": kind, "probability": probability, **more}


LATEST_S = 3.4
"""How long after its bytes a create may be carried out: a call's deadline and ``absent_after`` of
the campaign, less the lag of look-ups. Counted from the bytes, not (as kind ``late_commit`` does)
from when the caller hung up: one that stands still hangs up so late that nothing could be believed.
"""

EVERYTHING = (
    _rule("orderCreate", "timeout_before", 0.03),
    _rule("orderCreate", "timeout_after_commit", 0.06),
    _rule("orderCreate", "slow", 0.05, delay_s=LATEST_S),
    _rule("orderCreate", "reset", 0.03),
    _rule("orderCreate", "reset_after_commit", 0.05),
    _rule("orderCreate", "status", 0.03, status=503),
    _rule("orderCreate", "html", 0.02),
    _rule("orderCreate", "truncated", 0.04),
    _rule("orderCreate", "partial", 0.05),
    _rule("orderCreate", "throttle", 0.03),
    _rule("orderCreate", "slow", 0.03, delay_s=0.8),
    _rule("orderByIdentifier", "status", 0.04, status=500),
    _rule("orderByIdentifier", "html", 0.03),
    _rule("orderByIdentifier", "reset", 0.03),
    _rule("orderByIdentifier", "timeout_before", 0.01),
    _rule("orders", "status", 0.1, status=503),
    _rule("orders", "truncated", 0.1),
)
"""A bad day: about every second order meets something."""

LOST_ANSWERS = (_rule("orderCreate", "timeout_after_commit", 0.7),)
LATE_COMMITS = (_rule("orderCreate", "slow", 0.7, delay_s=LATEST_S),)
UNHEARD = (_rule("orderCreate", "timeout_before", 0.8),)
SLOW_CREATES = (_rule("orderCreate", "slow", 0.8, delay_s=1.7),)
BLIND = (
    _rule("orderCreate", "timeout_after_commit", 0.7),
    _rule("orderByIdentifier", "status", 0.9, status=500),
    _rule("orders", "status", 0.9, status=503),
)
