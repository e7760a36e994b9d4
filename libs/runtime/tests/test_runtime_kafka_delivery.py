"""What becomes of a batch: handled, dead, waiting or put back; and what is committed."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from runtime.health import Watchdog
from runtime.kafka.dead import Dead
from runtime.kafka.delivery import Delivery
from runtime.kafka.observer import Observer
from runtime.kafka.policy import DeliveryPolicy, is_infrastructure
from runtime.kafka.record import NewerVersion, Raw, Record, Undecodable
from runtime.metrics import DeliveryMetrics
from runtime.passing import Passing
from runtime.publisher import NotPublished

P0, P1 = TopicPartition("orders", 0), TopicPartition("orders", 1)


def decode(record: Record) -> str:
    text = record.value.decode()
    if text == "newer":
        raise NewerVersion("Order.v9 is newer than v1")
    if text == "unreadable":
        raise Undecodable("Order.v1: lines: missing")
    if text == "decoder bug":
        raise KeyError("planted@buyer.example")
    return text


class Busy(Passing):
    """As when other writers were faster."""


class Handler:
    """Records what it handled; fails as its texts say."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.handled: list[str] = []
        self.down: BaseException | None = None
        self.busy = True

    async def __call__(self, texts: Sequence[str]) -> None:
        self.calls.append(list(texts))
        if self.down is not None:
            raise self.down
        if any(text.startswith("poison") for text in texts):
            raise LookupError("planted@buyer.example")
        if self.busy and "busy" in texts:
            raise Busy
        self.handled.extend(texts)


class Bench:
    """A delivery with everything it is given in reach, and the consumer that it delivers from."""

    def __init__(self, timer: Any, raw: Any, memory_consumer: Any) -> None:
        self.timer, self._raw, self._made = timer, raw, memory_consumer
        self.handler = Handler()
        self.buried: list[Dead] = []
        self.bury_fails: Exception | None = None
        self.registry = CollectorRegistry()
        self.observer = Observer("mapper", Watchdog(lambda: 0.0), DeliveryMetrics(self.registry))
        self.delivery = Delivery(
            decode,
            self.handler,
            self._bury,
            DeliveryPolicy(newer_version_wait_s=30),
            self.observer,
            lambda: 1.0,
            timer.later,
        )

    async def _bury(self, dead: Sequence[Dead]) -> None:
        if self.bury_fails is not None:
            raise self.bury_fails
        self.buried.extend(dead)

    def consume(self, *texts: str, other: Sequence[str] = ()) -> Any:
        """The consumer of two partitions with these records."""
        return self.consume_records(*self.records(0, texts), *self.records(1, other))

    def consume_records(self, *records: Raw) -> Any:
        self.consumer = self._made(records)
        return self.consumer

    def records(self, partition: int, texts: Sequence[str]) -> list[Raw]:
        return [self._raw(t.encode(), offset=n, partition=partition) for n, t in enumerate(texts)]

    async def deliver(self) -> None:
        await self.delivery.deliver(self.consumer, self.consumer.poll())

    async def recover(self) -> None:
        """Everything is there again, and what was put back comes again."""
        self.handler.down = self.bury_fails = None
        self.timer.go_off()
        await self.deliver()

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(record.raw.offset, record.reason) for record in self.buried]


@pytest.fixture
def bench(timer: Any, raw: Any, memory_consumer: Any) -> Bench:
    return Bench(timer, raw, memory_consumer)


async def test_a_batch_is_handled_in_one_call_and_committed_in_one(bench: Bench) -> None:
    consumer = bench.consume("a", "b", other=["c"])
    await bench.deliver()
    assert bench.handler.calls == [["a", "b", "c"]]
    assert consumer.commits == [{P0: 2, P1: 1}]


async def test_unreadable_records_go_to_the_dead_topic_and_the_rest_goes_on(bench: Bench) -> None:
    consumer = bench.consume("a", "unreadable", "decoder bug", "b")
    await bench.deliver()
    assert bench.handler.handled == ["a", "b"]
    assert bench.reasons == [(1, "Order.v1: lines: missing"), (2, "decode_failed:KeyError")]
    assert consumer.committed == {P0: 4}


async def test_a_tombstone_is_passed_over(bench: Bench, raw: Any) -> None:
    consumer = bench.consume_records(raw(None, offset=0), raw(b"a", offset=1))
    await bench.deliver()
    assert bench.handler.handled == ["a"]
    assert bench.buried == []
    assert consumer.committed == {P0: 2}


async def test_a_tombstone_is_counted_and_its_place_logged_without_its_content(
    bench: Bench, raw: Any
) -> None:
    bench.consume_records(raw(None, offset=5, key=b"planted@buyer.example"), raw(offset=6))
    with capture_logs() as logs:
        await bench.deliver()
    assert bench.registry.get_sample_value("kafka_tombstones_total", {"group": "mapper"}) == 1
    said = [line for line in logs if line["event"] == "kafka.tombstone_passed_over"]
    assert [(at["topic"], at["partition"], at["offset"]) for at in said] == [("orders", 0, 5)]
    assert "planted" not in str(logs)


async def test_a_batch_of_tombstones_is_committed_without_a_call(bench: Bench, raw: Any) -> None:
    consumer = bench.consume_records(raw(None))
    await bench.deliver()
    assert bench.handler.calls == []
    assert consumer.committed == {P0: 1}


async def test_the_records_that_fail_alone_are_found_by_halving(bench: Bench) -> None:
    texts = [f"ok {n}" for n in range(100)]
    texts[17], texts[80] = "poison 17", "poison 80"
    consumer = bench.consume(*texts)
    await bench.deliver()
    assert bench.handler.handled == [text for text in texts if not text.startswith("poison")]
    assert bench.reasons == [(17, "handler_failed:LookupError"), (80, "handler_failed:LookupError")]
    assert consumer.committed == {P0: 100}
    assert len(bench.handler.calls) < 40


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.InterfaceError("pool is closed"),
        asyncpg.DiskFullError("no space"),
        asyncpg.UndefinedTableError("migration not applied yet"),
        ExceptionGroup("two", [LookupError(), ConnectionResetError()]),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_fault_outside_the_records_puts_the_batch_back_and_commits_nothing(
    bench: Bench, fault: BaseException
) -> None:
    consumer = bench.consume("a", "poison", other=["c"])
    bench.handler.down = fault
    await bench.deliver()
    assert consumer.commits == []
    assert bench.buried == []
    assert consumer.paused == {P0, P1}
    assert consumer.poll() == ()
    await bench.recover()
    assert bench.handler.handled == ["a", "c"]
    assert consumer.committed == {P0: 2, P1: 1}


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.exceptions.InvalidTextRepresentationError("bad uuid"),
        asyncpg.UniqueViolationError("twice"),
        asyncpg.ProgramLimitExceededError("index row size 5000 exceeds maximum 2704"),
        asyncpg.CardinalityViolationError("cannot affect row a second time"),
        asyncpg.RaiseError("refused by our function"),
        ValueError("planted@buyer.example"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_about_the_data_is_the_records(fault: BaseException) -> None:
    assert not is_infrastructure(fault)


async def test_waits_grow_while_the_store_is_away_and_start_over_when_it_is_back(
    bench: Bench,
) -> None:
    consumer = bench.consume("a")
    for down in (OSError(), OSError(), OSError(), None):
        bench.handler.down = down
        await bench.deliver()
        bench.timer.go_off()
    assert bench.timer.delays == [0.25, 0.5, 1.0]
    consumer.seek(P0, 0)
    bench.handler.down = OSError()
    await bench.deliver()
    assert bench.timer.delays[-1] == 0.25


async def test_trouble_is_said_while_batches_are_put_back_and_ends_with_the_next_success(
    bench: Bench,
) -> None:
    bench.consume("a")
    bench.handler.down = ConnectionRefusedError("secret-host")
    await bench.deliver()
    assert bench.observer.trouble == "batches are put back: ConnectionRefusedError, attempt 1"
    await bench.recover()
    assert bench.observer.trouble is None


async def test_a_newer_version_waits_and_what_is_before_it_goes_on(bench: Bench) -> None:
    consumer = bench.consume("a", "newer", "b", other=["c", "d"])
    await bench.deliver()
    assert bench.handler.handled == ["a", "c", "d"]
    assert consumer.committed == {P0: 1, P1: 2}
    assert consumer.paused == {P0}
    assert bench.buried == []
    assert bench.timer.delays == [30]


async def test_a_newer_version_at_the_head_of_a_partition_commits_nothing_there(
    bench: Bench,
) -> None:
    consumer = bench.consume("newer", "b")
    await bench.deliver()
    assert consumer.commits == []
    assert bench.handler.calls == []


async def test_a_partition_that_waits_is_read_again_from_the_same_record(bench: Bench) -> None:
    consumer = bench.consume("a", "newer", "b")
    await bench.deliver()
    assert consumer.poll() == ()
    bench.timer.go_off()
    assert [record.value for record in consumer.poll()] == [b"newer", b"b"]


async def test_a_record_whose_fault_passes_holds_its_partition_alone_and_does_not_die(
    bench: Bench,
) -> None:
    consumer = bench.consume("a", "busy", "poison", "b", other=["c"])
    await bench.deliver()
    assert bench.buried == []
    assert consumer.committed == {P0: 1, P1: 1}
    assert consumer.paused == {P0}
    bench.handler.busy = False
    await bench.recover()
    assert bench.handler.handled[-2:] == ["busy", "b"]
    assert bench.reasons == [(2, "handler_failed:LookupError")]
    assert consumer.committed == {P0: 4, P1: 1}
    count = bench.registry.get_sample_value
    assert count("kafka_records_held_total", {"group": "mapper", "error": "Busy"}) == 1


async def test_its_waits_grow_and_begin_anew_with_the_next_that_goes_on(bench: Bench) -> None:
    consumer = bench.consume("busy", other=["a"])
    for _ in range(3):
        await bench.deliver()
        consumer.seek(P1, 0)
        await bench.deliver()
        bench.timer.go_off()
    assert bench.timer.delays == [0.25, 0.5, 1.0]
    assert bench.observer.trouble is None
    bench.handler.busy = False
    await bench.recover()
    assert consumer.committed == {P0: 1, P1: 1}
    consumer.seek(P0, 0)
    bench.handler.busy = True
    await bench.deliver()
    assert bench.timer.delays[-1] == 0.25


async def test_when_the_dead_topic_cannot_be_reached_nothing_is_committed(bench: Bench) -> None:
    consumer = bench.consume("a", "unreadable")
    bench.bury_fails = NotPublished("1 records: TimeoutError")
    await bench.deliver()
    assert consumer.commits == []
    await bench.recover()
    assert bench.reasons == [(1, "Order.v1: lines: missing")]
    assert consumer.committed == {P0: 2}


async def test_a_batch_whose_group_moved_on_is_left_to_its_new_owner(bench: Bench) -> None:
    consumer = bench.consume("a")
    consumer.taken_over = True
    await bench.deliver()
    assert consumer.paused == set()
    assert consumer.poll() == ()


async def test_a_cancelled_batch_commits_nothing(bench: Bench) -> None:
    consumer = bench.consume("a")
    bench.handler.down = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await bench.deliver()
    assert consumer.commits == []


async def test_partitions_lost_meanwhile_are_neither_sought_nor_resumed(bench: Bench) -> None:
    consumer = bench.consume("a", other=["c"])
    batch = consumer.poll()
    consumer.revoke(P1)
    bench.handler.down = OSError()
    await bench.delivery.deliver(consumer, batch)
    consumer.revoke(P0)
    bench.timer.go_off()
    assert consumer.assignment() == frozenset()


async def test_what_is_in_flight_is_known_while_it_is(bench: Bench, raw: Any) -> None:
    seen: list[dict[TopicPartition, int]] = []

    async def look(_: Sequence[str]) -> None:
        seen.append(dict(bench.delivery.in_flight))

    bench.delivery.handle = look
    consumer = bench.consume_records(raw(b"a", offset=7), raw(b"b", offset=8))
    await bench.delivery.deliver(consumer, (raw(b"a", offset=7), raw(b"b", offset=8)))
    assert seen == [{P0: 7}]
    assert bench.delivery.in_flight == {}


async def test_handled_dead_and_put_back_are_counted(bench: Bench) -> None:
    bench.consume("a", "b", "poison")
    bench.handler.down = OSError()
    await bench.deliver()
    await bench.recover()

    def value(name: str, **labels: str) -> float | None:
        found: float | None = bench.registry.get_sample_value(name, {"group": "mapper", **labels})
        return found

    assert value("kafka_records_handled_total") == 2
    assert value("kafka_records_dead_total") == 1
    assert value("kafka_batches_put_back_total", error="OSError") == 1
