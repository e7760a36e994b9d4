"""The promises of delivery, judged after random faults; each planted bug breaks one and is seen."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from runtime.health import Watchdog
from runtime.kafka import delivery as delivering
from runtime.kafka.dead import Dead
from runtime.kafka.delivery import Delivery
from runtime.kafka.holds import pause
from runtime.kafka.observer import Observer
from runtime.kafka.plan import Failed, Plan, handle_each, hold, to_plan
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import NewerVersion, Raw, Record, Undecodable
from runtime.metrics import DeliveryMetrics
from runtime.passing import Passing
from runtime.publisher import NotPublished

KINDS = ("ok", "ok", "ok", "ok", "poison", "unreadable", "newer", "busy")
HISTORIES = 25
Planted = Callable[["History", pytest.MonkeyPatch], None]


class Busy(Passing):
    """As when other writers were faster."""


class History:
    """Two partitions, a store and a dead topic that fail at times, members that die."""

    def __init__(self, seed: int, raw: Any, memory_consumer: Any, timer: Any) -> None:
        self.dice = random.Random(seed)
        self.timer = timer
        self.make_consumer = memory_consumer
        self.records = [
            raw(f"{kind} {partition}.{n}".encode(), partition=partition, offset=n)
            for partition in (0, 1)
            for n, kind in enumerate(self.dice.choices(KINDS, k=12))
        ]
        self.trouble = True
        self.handled: list[str] = []
        self.buried: list[str] = []
        self.broken: list[str] = []
        self.committed: dict[TopicPartition, int] = {}
        self.policy = DeliveryPolicy()
        self.delivery_type: type[Delivery[str]] = Delivery
        self.decode: Callable[[Record], str] = self.decode_one
        self.bury: Callable[[Sequence[Dead]], Any] = self.bury_all

    def decode_one(self, record: Record) -> str:
        text = record.value.decode()
        if text.startswith("unreadable"):
            raise Undecodable("lines: missing")
        if text.startswith("newer") and self.trouble:
            raise NewerVersion("Order.v9 is newer than v1")
        return text

    async def handle(self, texts: Sequence[str]) -> None:
        if self.trouble and self.dice.random() < 0.2:
            raise self.dice.choice((OSError(), TimeoutError(), asyncio.CancelledError()))
        if any(text.startswith("poison") for text in texts):
            raise LookupError
        if self.trouble and any(text.startswith("busy") for text in texts):
            raise Busy
        self.handled.extend(texts)

    async def bury_all(self, dead: Sequence[Dead]) -> None:
        if self.trouble and self.dice.random() < 0.3:
            raise NotPublished("1 records: TimeoutError")
        self.buried.extend((record.raw.value or b"").decode() for record in dead)

    async def run(self) -> None:
        """A member after another, until faults are over and everything is read."""
        for calm in (False, False, False, True):
            self.trouble = not calm
            await self.live_once(batches=30 if calm else 5)
        self.judge()

    async def live_once(self, batches: int) -> None:
        consumer = self.make_consumer(self.records)
        consumer.commit = self.commit
        for partition, offset in self.committed.items():
            consumer.seek(partition, offset)
        member = self.new_member()
        for _ in range(batches):
            try:
                await member.deliver(consumer, consumer.poll(max_records=7))
            except asyncio.CancelledError:
                return
            self.timer.go_off()

    def new_member(self) -> Delivery[str]:
        metrics = DeliveryMetrics(CollectorRegistry())
        observer = Observer("mapper", Watchdog(lambda: 0.0), metrics)
        return self.delivery_type(
            self.decode,
            self.handle,
            self.bury,
            self.policy,
            observer,
            self.dice.random,
            self.timer.later,
        )

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        for partition, offset in offsets.items():
            self.committed[partition] = offset
            settled = {*self.handled, *self.buried}
            early = [text for text in self.texts(partition)[:offset] if text not in settled]
            self.broken += [f"{text} was acknowledged before it was settled" for text in early]

    def texts(self, partition: TopicPartition) -> list[str]:
        mine = [record for record in self.records if record.partition == partition.partition]
        return [(record.value or b"").decode() for record in mine]

    def judge(self) -> None:
        for partition in (TopicPartition("orders", 0), TopicPartition("orders", 1)):
            texts = self.texts(partition)
            good = [text for text in texts if text.startswith(("ok", "newer", "busy"))]
            first = [text for text in dict.fromkeys(self.handled) if text in good]
            self.broken += [f"{text} is lost" for text in good if text not in first]
            self.broken += [f"{text} died" for text in good if text in self.buried]
            self.broken += [
                f"{text} is in no dead topic" for text in {*texts} - {*good, *self.buried}
            ]
            if first != [text for text in good if text in first]:
                self.broken.append("first deliveries are out of order")


class AcknowledgesFirst(Delivery[str]):
    async def _deliver(self, consumer: Any, batch: Sequence[Raw]) -> None:
        if committable := to_plan(batch, self.decode).committable:
            await consumer.commit(committable)
        await super()._deliver(consumer, batch)


class KeepsReadingAfterAFault(Delivery[str]):
    def _retry(self, consumer: Any, error: Exception) -> None:
        self.later(1.0, pause(consumer, consumer.assignment()))


def acknowledges_first(history: History, _: pytest.MonkeyPatch) -> None:
    history.delivery_type = AcknowledgesFirst


def keeps_reading_after_a_fault(history: History, _: pytest.MonkeyPatch) -> None:
    history.delivery_type = KeepsReadingAfterAFault


def acknowledges_what_waits(_: History, patch: pytest.MonkeyPatch) -> None:
    def planned(batch: Sequence[Raw], decode: Any) -> Plan[str]:
        plan = to_plan(batch, decode)
        for raw in batch:
            plan.committable[TopicPartition(raw.topic, raw.partition)] = raw.offset + 1
        return plan

    patch.setattr(delivering, "to_plan", planned)


def buries_the_whole_batch(_: History, patch: pytest.MonkeyPatch) -> None:
    async def all_or_none(items: Any, handle: Any, policy: DeliveryPolicy) -> Failed[str]:
        failed: Failed[str] = await handle_each(items, handle, policy)
        if failed.dead:
            failed.dead[:] = [Dead(raw, "handler_failed") for raw, _ in items]
        return failed

    patch.setattr(delivering, "handle_each", all_or_none)


def buries_what_is_newer(history: History, _: pytest.MonkeyPatch) -> None:
    def decode(record: Record) -> str:
        try:
            return history.decode_one(record)
        except NewerVersion:
            raise Undecodable("newer") from None

    history.decode = decode


def blames_the_record_when_the_store_is_away(history: History, _: pytest.MonkeyPatch) -> None:
    history.policy = DeliveryPolicy(is_infrastructure=lambda _: False)


def buries_what_passes_by_itself(history: History, _: pytest.MonkeyPatch) -> None:
    history.policy = DeliveryPolicy(is_passing=lambda _: False)


def commits_behind_what_is_held(_: History, patch: pytest.MonkeyPatch) -> None:
    def held(plan: Plan[str], failed: Failed[str]) -> dict[TopicPartition, int]:
        committable = dict(plan.committable)
        places = hold(plan, failed)
        plan.committable.update(committable)
        return places

    patch.setattr(delivering, "hold", held)


def believes_that_the_dead_topic_answered(history: History, _: pytest.MonkeyPatch) -> None:
    async def bury(dead: Sequence[Dead]) -> None:
        try:
            await history.bury_all(dead)
        except NotPublished:
            return

    history.bury = bury


PLANTED: tuple[Planted, ...] = (
    acknowledges_first,
    keeps_reading_after_a_fault,
    acknowledges_what_waits,
    buries_the_whole_batch,
    buries_what_is_newer,
    blames_the_record_when_the_store_is_away,
    buries_what_passes_by_itself,
    commits_behind_what_is_held,
    believes_that_the_dead_topic_answered,
)


@pytest.fixture
def histories(raw: Any, memory_consumer: Any, timer: Any) -> list[History]:
    return [History(seed, raw, memory_consumer, timer) for seed in range(HISTORIES)]


async def test_nothing_is_lost_early_acknowledged_or_out_of_order_whatever_fails(
    histories: list[History],
) -> None:
    for history in histories:
        await history.run()
        assert history.broken == []
    assert sum(len(history.handled) for history in histories) > 0


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
async def test_a_planted_bug_of_delivery_is_seen(
    plant: Planted, histories: list[History], monkeypatch: pytest.MonkeyPatch
) -> None:
    for history in histories:
        plant(history, monkeypatch)
        await history.run()
        if history.broken:
            return
    pytest.fail("no history shows the bug")
