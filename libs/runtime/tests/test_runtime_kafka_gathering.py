"""After a batch that was not full the next one gathers; after a full one it is fetched at once."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from runtime.health import Watchdog
from runtime.kafka.observer import Observer
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import Raw
from runtime.kafka.subscription import Subscription
from runtime.metrics import DeliveryMetrics


class Delivered:
    """Says when a batch was delivered."""

    in_flight: dict[Any, int] = {}  # noqa: RUF012 - never changed

    def __init__(self, said: list[str]) -> None:
        self._said = said

    async def deliver(self, _: object, batch: tuple[Raw, ...]) -> None:
        self._said.append(f"delivered {len(batch)}")


class Live:
    """A lane that admits everything."""

    waits = False

    def admits(self, *_: object) -> bool:
        return True

    def settled(self) -> None:
        """Nothing waits for it."""


@pytest.mark.parametrize(
    ("records", "expected"),
    [(2, ["delivered 2", "waits 0.01", "revoked meanwhile"]), (3, ["delivered 3"])],
)
async def test_only_a_batch_that_was_not_full_lets_the_next_one_gather(
    raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch, records: int, expected: list[str]
) -> None:
    said: list[str] = []
    observer = Observer("mapper", Watchdog(lambda: 0.0), DeliveryMetrics(CollectorRegistry()))
    policy = DeliveryPolicy(max_records=3, gather_ms=10)
    one: Subscription[Any] = Subscription(Delivered(said), observer, Live(), policy)  # type: ignore[arg-type]  # doubles
    one.subscriber = SimpleNamespace(consumer=object())

    async def sleep(seconds: float) -> None:
        said.append(f"waits {seconds}")
        async with asyncio.timeout(1):
            await one.on_partitions_revoked(set())
        said.append("revoked meanwhile")

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await one.on_batch(tuple(raw(offset=n) for n in range(records)))
    assert said == expected
