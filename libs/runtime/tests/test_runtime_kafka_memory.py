"""A cluster in memory: it keeps what Kafka promises, and its faults are those of Kafka."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import replace
from typing import Any

import pytest
from libs.runtime.tests.group_members import QUICK, Member, partitions, until, until_lag
from libs.runtime.tests.memory_group import Group
from libs.runtime.tests.suite_kafka import KafkaSuite
from structlog.testing import capture_logs

from runtime import kafka
from runtime.kafka.memory_group import Group as MemberGroup
from runtime.kafka.memory_log import Outcome
from runtime.publisher import Message, NotPublished

SESSION_S = 0.1
SHORT = replace(QUICK, session_timeout_ms=int(SESSION_S * 1000))
PROCESS: ContextVar[str] = ContextVar("whose work this is")


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def group() -> Group:
    return Group()


@pytest.mark.usefixtures("logged")
class TestMemoryCluster(KafkaSuite):
    """Runs the shared suite; ``tests/integration`` runs it on Kafka."""

    NOTICED_S = 0.1
    LIMIT_MS = 50


class Process:
    """A member that may die, stand still and go on."""

    def __init__(self, group: Group, client_id: str, policy: kafka.DeliveryPolicy = SHORT) -> None:
        self.member = Member()
        self.connection = group.connection(client_id=client_id)
        kafka.subscribe(
            self.connection,
            [group.live],
            group=group.name,
            decode=self.member.decode,
            handle=self.member.handle,
            dead_topic=group.dead,
            policy=policy,
        )
        self.task = asyncio.create_task(kafka.consume(self.connection, lag_interval_s=3600))

    async def end(self) -> None:
        self.member.may_finish.set()
        self.task.cancel()
        await asyncio.wait([self.task])


@pytest.fixture
async def pair(group: Group, logged: object) -> Any:
    first, second = Process(group, "first"), Process(group, "second")
    await until(lambda: partitions(first.connection) == partitions(second.connection) == 2)
    yield first, second
    await first.end()
    await second.end()


async def test_what_a_dead_process_had_is_anothers_when_its_session_is_over(
    group: Group, pair: tuple[Process, Process]
) -> None:
    dead, alive = pair
    dead.member.may_finish.clear()
    await group.send(*map(str, range(40)))
    await until(lambda: dead.member.calls)
    group.cluster.lose_member("first")
    await asyncio.sleep(SESSION_S / 2)
    assert partitions(alive.connection) == 2
    await until_lag(group, 0)
    assert sorted(alive.member.handled, key=int) == [str(n) for n in range(40)]


async def test_a_rebalance_waits_for_the_dead_until_their_sessions_are_over(
    group: Group, pair: tuple[Process, Process]
) -> None:
    group.cluster.lose_member("first")
    third = Process(group, "third")
    await asyncio.sleep(SESSION_S / 2)
    assert partitions(third.connection) == 0
    await until(lambda: partitions(third.connection) == partitions(pair[1].connection) == 2)
    await third.end()


async def test_who_stood_still_for_too_long_commits_nothing_and_joins_anew(
    group: Group, pair: tuple[Process, Process], logged: list[Any]
) -> None:
    still, other = pair
    still.member.may_finish.clear()
    await group.send(*map(str, range(40)))
    await until(lambda: still.member.calls)
    group.cluster.silence("first")
    await until(lambda: partitions(other.connection) == 4)
    await until_lag(group, 0)
    group.cluster.is_back("first")
    still.member.may_finish.set()
    await until(lambda: partitions(still.connection) == partitions(other.connection) == 2)
    assert "kafka.batch_taken_over" in [line["event"] for line in logged]
    assert sorted(other.member.handled, key=int) == [str(n) for n in range(40)]


async def test_who_stood_still_for_a_moment_goes_on(
    group: Group, pair: tuple[Process, Process], logged: list[Any]
) -> None:
    before = len(logged)
    group.cluster.silence("first")
    await asyncio.sleep(SESSION_S / 2)
    group.cluster.is_back("first")
    await asyncio.sleep(SESSION_S)
    await group.send(*map(str, range(40)))
    await until_lag(group, 0)
    assert all(process.member.handled for process in pair)
    assert logged[before:] == []


async def test_lost_commits_have_all_records_come_again(
    group: Group, pair: tuple[Process, Process]
) -> None:
    await group.send(*map(str, range(40)))
    await until_lag(group, 0)
    group.cluster.rewind(group.name)
    assert await group.cluster.lag() == {group.name: 40}
    await until_lag(group, 0)
    handled = [text for process in pair for text in process.member.handled]
    assert {text: handled.count(text) >= 2 for text in handled} == {str(n): True for n in range(40)}


async def test_lag_is_that_of_live_work_unless_replays_are_asked_for(
    group: Group, logged: object
) -> None:
    member = Member()
    member.fault = OSError()
    async with member.consuming(group):
        await group.send("a", "b")
        await group.send("c", topic=group.replay)
        await until(lambda: member.calls)
        assert await group.cluster.lag() == {group.name: 2}
        replays = kafka.replay_group(group.name)
        assert await group.cluster.lag((replays,)) == {replays: 1}


async def test_what_is_forgotten_is_read_by_nobody_and_what_comes_next_is(
    group: Group, logged: object
) -> None:
    await group.send("a", "b", same_key=True)
    assert group.cluster.forget("order-*") == 2
    assert group.cluster.forget("order-*") == 0
    await group.send("c", same_key=True)
    process = Process(group, "one")
    await until(lambda: process.member.handled == ["c"])
    await process.end()


@pytest.mark.parametrize(("outcome", "stored"), [("fail", 0), ("fail_after", 1)])
async def test_a_send_that_fails_is_stored_or_not_and_its_publisher_is_done_with(
    group: Group, outcome: Outcome, stored: int
) -> None:
    async def befall(client_id: str) -> Outcome:
        assert client_id == "test"
        return outcome

    group.cluster.before_send = befall
    async with group.open_publisher() as publisher:
        with pytest.raises(NotPublished, match="1 records: KafkaConnectionError"):
            await publisher.send([Message(group.live, b"a", b"order")])
        with pytest.raises(NotPublished, match="a new one is needed"):
            await publisher.send([Message(group.live, b"a", b"order")])
    assert await group.lag() == stored


@pytest.mark.parametrize(("outcome", "lag"), [("fail", 1), ("fail_after", 0)])
async def test_a_commit_that_fails_has_the_batch_put_back(
    group: Group, logged: object, outcome: Outcome, lag: int
) -> None:
    lags: list[int] = []
    outcomes: list[Outcome] = [outcome]

    async def befall(_: str) -> Outcome:
        return outcomes.pop() if outcomes else ""

    group.cluster.before_commit = befall
    process = Process(group, "one")
    await group.send("a", same_key=True)
    await until(lambda: process.member.handled)
    lags.append(await group.lag())
    await until(lambda: process.member.handled == ["a", "a"])
    await until_lag(group, 0)
    await process.end()
    assert lags == [lag]


async def test_a_group_that_is_idle_wakes_nobody(
    group: Group, pair: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    await group.send(*map(str, range(40)))
    await until_lag(group, 0)
    await asyncio.sleep(2 * SHORT.replay_quiet_s)
    loop = asyncio.get_running_loop()
    timers: list[float] = []
    call_at = loop.call_at

    def noted(when: float, *given: Any, **more: Any) -> asyncio.TimerHandle:
        timers.append(when)
        return call_at(when, *given, **more)

    monkeypatch.setattr(loop, "call_at", noted)
    await asyncio.sleep(0.2)
    assert len(timers) == 1


async def test_a_member_works_in_the_context_of_its_process(
    group: Group, logged: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    async def handle(self: Member, texts: Sequence[str]) -> None:
        seen.append(PROCESS.get())
        self.handled.extend(texts)

    async def live() -> None:
        PROCESS.set("one")
        await Process(group, "one").task

    monkeypatch.setattr(Member, "handle", handle)
    running = asyncio.create_task(live())
    PROCESS.set("sender")
    await asyncio.sleep(0.05)
    await group.send("a")
    await until_lag(group, 0)
    running.cancel()
    await asyncio.wait([running])
    assert seen == ["one"]


async def test_what_ends_a_session_or_a_wait_belongs_to_no_process(
    logged: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = copy_context()
    outside.run(PROCESS.set, "outside")
    seen: list[str] = []
    leave, go_on_without = MemberGroup.leave, MemberGroup._go_on_without

    def noted(told: Callable[..., None]) -> Callable[..., None]:
        def note(*given: Any) -> None:
            seen.append(PROCESS.get())
            told(*given)

        return note

    monkeypatch.setattr(MemberGroup, "leave", noted(leave))
    monkeypatch.setattr(MemberGroup, "_go_on_without", noted(go_on_without))
    PROCESS.set("a process")
    group = Group(context=outside)
    first = Process(group, "first", replace(SHORT, rebalance_limit_ms=20))
    await until(lambda: partitions(first.connection) == 4)
    group.cluster.lose_member("first")
    second = Process(group, "second", replace(SHORT, rebalance_limit_ms=20))
    await until(lambda: partitions(second.connection) == 4)
    group.cluster.silence("second")
    await until(lambda: len(seen) == 2)
    group.cluster.is_back("second")
    assert seen == ["outside", "outside"]
    await second.end()


async def test_where_the_double_differs_from_kafka(group: Group) -> None:
    """Looser: topics are made by use, a batch is stored at once, no broker is ever away by itself.
    Stricter: sizes count before compression.
    """
    assert [log.end for log in group.cluster.logs("never-made")] == [0, 0, 0, 0]
    async with group.open_publisher() as publisher:
        with pytest.raises(NotPublished, match="MessageSizeTooLargeError"):
            await publisher.send([Message(group.live, bytes(1_500_000), b"order")])
