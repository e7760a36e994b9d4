"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """``seconds`` is one contender's turn; ``events`` are made before any clock starts."""

    quick: bool = False
    rounds: int = 5
    seconds: float = 2.0
    events: int = 40_000
    read_events: int = 20_000
    relay_orders: int = 10_000
    hop_orders: int = 20_000
    pipeline_orders: int = 10_000
    drain_orders: int = 100_000
    grown_orders: tuple[int, int] = (10_000, 1_000_000)
    split_orders: int = 400_000


FULL = Size()
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
    grown_orders=(5_000, 50_000),
    split_orders=20_000,
)
