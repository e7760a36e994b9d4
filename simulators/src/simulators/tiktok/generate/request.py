"""What `POST /_sim/generate` asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.tiktok.settings import DAY_S

_KEYS = ("shop_id", "count", "seed", "created_from", "created_to", "rate_per_s", "mix", "backdated")
_NUMBERS = ("count", "seed", "created_from", "created_to", "rate_per_s")


class BadGeneration(ValueError):
    """A wish that cannot be fulfilled; names the field and the fix."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Times in unix seconds. `rate_per_s`: arriving over time, created on arrival, not at once.

    `backdated`: orders that came to their status in the past; update_time says so and nobody is
    told. Otherwise they arrive now, whatever the time of their creation.
    """

    shop_id: str
    count: int
    seed: int
    created_from: int
    created_to: int
    rate_per_s: float | None
    mix: object
    backdated: bool


def read_generation(raw: object, now: int) -> Generation:
    """From JSON. Raises BadGeneration."""
    if not isinstance(raw, Mapping):
        raise BadGeneration(f"generate: an object of {', '.join(_KEYS)}")
    for key in sorted({*raw} - {*_KEYS}):
        raise BadGeneration(f"{key}: unknown; use {', '.join(_KEYS)}")
    numbers = {key: _number(raw, key) for key in _NUMBERS}
    created_to = min(now, int(_or(numbers["created_to"], now)))
    created_from = int(_or(numbers["created_from"], min(now - 7 * DAY_S, created_to)))
    if created_from > created_to:
        raise BadGeneration("created_from, created_to: unix seconds, in this order, not after now")
    if numbers["rate_per_s"] == 0:
        raise BadGeneration("rate_per_s: above 0, or absent for all at once")
    return Generation(
        shop_id=str(raw.get("shop_id", "")),
        count=int(_or(numbers["count"], 1)),
        seed=int(_or(numbers["seed"], 0)),
        created_from=created_from,
        created_to=created_to,
        rate_per_s=numbers["rate_per_s"],
        mix=raw.get("mix"),
        backdated=raw.get("backdated") is True,
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _number(raw: Mapping[str, object], key: str) -> float | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise BadGeneration(f"{key}: a number, 0 or more")
    return value
