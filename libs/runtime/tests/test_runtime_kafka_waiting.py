"""A replay that waits for a backlog of live work, as it should, is not a process that hangs."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from runtime.health import Watchdog
from runtime.kafka.delivery import Delivery
from runtime.kafka.gate import GateSide, LiveSide, ReplayGate, ReplaySide
from runtime.kafka.observer import Observer
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.subscription import Subscription
from runtime.metrics import DeliveryMetrics

STALL_S = 120


class Side:
    """One of the two subscriptions of a group, on a consumer in memory."""

    def __init__(self, process: "Process", group: str, side: GateSide, consumer: Any) -> None:
        self.consumer = consumer
        observer = Observer(group, process.watchdog, process.metrics)
        policy = DeliveryPolicy(max_records=2, gather_ms=0)
        delivery: Delivery[Any] = Delivery(
            lambda record: record,
            process.handle,
            process.bury,
            policy,
            observer,
            lambda: 1.0,
            process.timer.later,
        )
        self.subscription: Subscription[Any] = Subscription(delivery, observer, side, policy)
        self.subscription.subscriber = SimpleNamespace(consumer=consumer)

    async def poll(self, records: int) -> None:
        await self.subscription.on_batch(self.consumer.poll(records))

    async def measure(self, end: int) -> None:
        """Its partition ends there; nothing before it is handled."""

        async def ends(partitions: Any) -> dict[TopicPartition, int]:
            return dict.fromkeys(partitions, end)

        async def position(_: TopicPartition) -> int:
            return 0

        self.consumer.end_offsets, self.consumer.position = ends, position
        await self.subscription.measure_lag()


class Process:
    def __init__(self, timer: Any, raw: Any, memory_consumer: Any) -> None:
        self.now = 0.0
        self.timer = timer
        self.watchdog = Watchdog(lambda: self.now, stall_limit=STALL_S)
        self.registry = CollectorRegistry()
        self.metrics = DeliveryMetrics(self.registry)
        gate = ReplayGate(full=2, quiet_s=0.5, later=timer.later)
        live = memory_consumer([raw(topic="live", offset=n) for n in range(1000)])
        replays = memory_consumer([raw(topic="replay", offset=n) for n in range(3)])
        self.live = Side(self, "mapper", LiveSide(gate), live)
        self.replay = Side(self, "mapper-replay", ReplaySide(gate), replays)

    async def handle(self, _: object) -> None:
        """Nothing to do."""

    async def bury(self, _: object) -> None:
        """Nobody dies."""

    async def live_work(self, seconds: int) -> None:
        """One full live batch a second, and the replays measured every ten."""
        for second in range(seconds):
            self.now += 1
            self.watchdog.tick()
            await self.live.poll(2)
            if second % 10 == 0:
                await self.live.measure(100_000)
                await self.replay.measure(3)


@pytest.fixture
def process(timer: Any, raw: Callable[..., Any], memory_consumer: Any) -> Process:
    return Process(timer, raw, memory_consumer)


async def test_a_replay_that_waits_its_turn_is_not_stale(process: Process) -> None:
    await process.live_work(1)
    await process.replay.poll(2)
    assert process.replay.consumer.paused
    await process.live_work(2 * STALL_S)
    assert process.watchdog.stale() == ()
    lag = process.registry.get_sample_value("kafka_lag_records", {"group": "mapper-replay"})
    assert lag == 3


async def test_one_whose_turn_came_and_that_does_not_move_is(process: Process) -> None:
    await process.live_work(1)
    await process.replay.poll(2)
    process.timer.go_off()
    await process.live_work(2 * STALL_S)
    assert ["mapper-replay" in said for said in process.watchdog.stale()] == [True]
