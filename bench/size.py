"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """``seconds`` is one contender's turn; ``events`` are made before any clock starts."""

    quick: bool
    rounds: int
    seconds: float
    events: int
    read_events: int
    relay_orders: int
    hop_orders: int
    pipeline_orders: int
    drain_orders: int


QUICK = Size(
    quick=True,
    rounds=3,
    seconds=0.5,
    events=12_000,
    read_events=6_000,
    relay_orders=3_000,
    hop_orders=5_000,
    pipeline_orders=3_000,
    drain_orders=3_000,
)
FULL = Size(
    quick=False,
    rounds=5,
    seconds=2.0,
    events=40_000,
    read_events=20_000,
    relay_orders=10_000,
    hop_orders=20_000,
    pipeline_orders=10_000,
    drain_orders=100_000,
)
