"""How a generated order came to its status: each step at its time, all between creation and now."""

import random
from dataclasses import dataclass

from simulators.tiktok.generate.kinds import Kind
from simulators.tiktok.ids import IdSource
from simulators.tiktok.order_fields import Json
from simulators.tiktok.settings import DAY_S
from simulators.tiktok.transitions import advance

_HOUR_S = 3_600
_AFTER_CREATION_S = {
    "ON_HOLD": 60,
    "AWAITING_SHIPMENT": _HOUR_S + 60,
    "PARTIALLY_SHIPPING": 10 * _HOUR_S,
    "AWAITING_COLLECTION": 20 * _HOUR_S,
    "IN_TRANSIT": 30 * _HOUR_S,
    "DELIVERED": 3 * DAY_S,
    "COMPLETED": 18 * DAY_S,
    "CANCELLED": 5 * _HOUR_S,
}
_PATH = ("ON_HOLD", "AWAITING_SHIPMENT", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED")


@dataclass(frozen=True, slots=True)
class Clockwork:
    """`now` in unix seconds; orders on hold were paid less than `hold_s` ago."""

    now: int
    hold_s: float


def travel(raw: Json, kind: Kind, clock: Clockwork, ids: IdSource, dice: random.Random) -> int:
    """Brings an UNPAID order to a status of its kind; returns the time of the last step."""
    status = dice.choice(kind.statuses)
    created = raw["create_time"]
    last = created if isinstance(created, int) else clock.now
    steps = _steps(status, kind)
    scale = min(1.0, (clock.now - last) / max(_AFTER_CREATION_S[steps[-1]], 1)) if steps else 1.0
    start = last
    for step in steps:
        last = start + int(_AFTER_CREATION_S[step] * scale)
        if step == "ON_HOLD" and status == "ON_HOLD":
            last = max(last, clock.now - int(clock.hold_s * dice.uniform(0.1, 0.5)))
        advance(raw, step, last, ids)
    return last


def _steps(status: str, kind: Kind) -> list[str]:
    if status == "UNPAID":
        return []
    stop = kind.via[0] if kind.via else status
    path = (
        list(_PATH[: _PATH.index(stop) + 1]) if stop in _PATH else ["ON_HOLD", "AWAITING_SHIPMENT"]
    )
    rest = [*kind.via, status]
    if kind.is_split and status in _PATH:
        rest += _PATH[_PATH.index("AWAITING_COLLECTION") + 1 : _PATH.index(status) + 1]
    return sorted({*path, *rest}, key=_AFTER_CREATION_S.__getitem__)
