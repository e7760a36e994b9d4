"""Members of a group on real Kafka: who stays, who waits, who is stale; and three planted bugs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from libs.runtime.tests.group_members import (
    LIMIT_S,
    QUICK,
    Member,
    is_past,
    partitions,
    until,
    until_answered,
    until_lag,
)
from tests.integration.consumer_group import Group, NewGroup

from devstack.backends import Servers
from runtime import kafka
from runtime.backoff import Backoff
from runtime.health import Watchdog
from runtime.kafka.delivery import Delivery
from runtime.kafka.record import Raw
from runtime.kafka.subscription import Subscription

pytestmark = pytest.mark.usefixtures("logged")
STALL_S = 120.0
POLL_INTERVAL_S = 1.5
IMPATIENT = replace(
    QUICK,
    max_poll_interval_ms=int(POLL_INTERVAL_S * 1000),
    backoff=Backoff(first=2 * POLL_INTERVAL_S, longest=2 * POLL_INTERVAL_S),
)


class Watched(Watchdog):
    """A watchdog on a clock that the test moves; ``seen`` counts what it was told of lag."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seen = 0
        super().__init__(lambda: self.now, tick_limit=float("inf"), stall_limit=STALL_S)

    def measured(self, loop: str, lag: int | None) -> None:
        self.seen += not loop.endswith("-replay")
        super().measured(loop, lag)

    async def much_later(self) -> None:
        """Longer than the limit passes, and lag was measured before and after."""
        await self._told_twice()
        self.now += STALL_S + 1
        await self._told_twice()

    async def until_stale(self) -> None:
        """A measurement that a busy machine was too slow for begins the count anew."""
        async with asyncio.timeout(LIMIT_S):
            while not self.stale():
                await self.much_later()

    async def _told_twice(self) -> None:
        """One measurement may have begun before what happened last; the next one did not."""
        before = self.seen
        await until(lambda: self.seen >= before + 2)


@pytest.fixture
async def members(stack: Servers) -> AsyncIterator[Callable[[Group], Awaitable[int]]]:
    """Asks the broker how many members a group has."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()

    async def count(group: Group) -> int:
        (described,) = await admin.describe_consumer_groups([group.name])
        (one,) = described.groups
        return len(one[-2] if isinstance(one[-1], int) else one[-1])

    yield count
    await admin.close()


async def test_a_member_whose_store_is_away_for_longer_than_the_poll_interval_stays_in_its_group(
    group: Group, members: Any
) -> None:
    member = Member()
    member.fault = ConnectionRefusedError()
    async with member.consuming(group, IMPATIENT):
        await group.send("a")
        await until(lambda: member.calls)
        counted = await members_until(lambda: len(member.calls) >= 3, group, members)
        assert set(counted) == {1}
        member.fault = None
        await until(lambda: member.handled == ["a"])


async def test_a_planted_member_that_sleeps_with_the_batch_in_its_hands_leaves_its_group(
    group: Group, members: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_is_back = asyncio.Event()

    async def deliver(self: Delivery[str], consumer: Any, batch: Sequence[Raw]) -> None:
        with contextlib.suppress(ConnectionRefusedError):
            await self._deliver(consumer, batch)
            return
        await store_is_back.wait()

    monkeypatch.setattr(Delivery, "deliver", deliver)
    member = Member()
    member.fault = ConnectionRefusedError()
    async with member.consuming(group, IMPATIENT):
        await group.send("a")
        await until(lambda: member.calls)
        await until_answered(partial(members, group), 0)
        store_is_back.set()


async def test_more_members_than_partitions_share_them_one_each_and_the_rest_wait(
    new_group: NewGroup,
) -> None:
    group = await new_group(partitions=3)
    crew = [Member() for _ in range(4)]
    async with contextlib.AsyncExitStack() as running:
        connections = [
            await running.enter_async_context(member.consuming(group)) for member in crew
        ]
        await until(lambda: sorted(map(partitions, connections)) == [0, 1, 1, 1])
        texts = [str(n) for n in range(90)]
        await group.send(*texts)
        await until(lambda: sum(len(member.handled) for member in crew) >= len(texts))
        found = [bool(member.handled) for member in crew]
        assert found == [bool(partitions(c)) for c in connections]
    assert sorted(text for member in crew for text in member.handled) == sorted(texts)


async def test_a_batch_that_does_not_end_makes_its_member_stale_until_it_ends(group: Group) -> None:
    member, watchdog = Member(), Watched()
    member.may_finish.clear()
    async with member.consuming(group, watchdog=watchdog):
        await group.send("a")
        await until(lambda: member.calls)
        assert watchdog.stale() == ()
        await watchdog.until_stale()
        (stale,) = watchdog.stale()
        assert stale.startswith(f"{group.name} has records to take and has not moved for")
        member.may_finish.set()
        await until_lag(group, 0)
        await until(lambda: watchdog.stale() == ())


@dataclass
class Running:
    """A member that consumes; closing ``leaves`` takes it out of its group."""

    member: Member
    watchdog: Watched
    connection: kafka.Connection
    leaves: contextlib.AsyncExitStack


@contextlib.asynccontextmanager
async def busy_and_idle(group: Group) -> AsyncIterator[tuple[Running, Running]]:
    """Two members of a group with one partition: one has a batch in flight, the other nothing."""
    async with contextlib.AsyncExitStack() as all_leave:
        pair: list[Running] = []
        for _ in range(2):
            leaves = await all_leave.enter_async_context(contextlib.AsyncExitStack())
            member, watchdog = Member(), Watched()
            runs = member.consuming(group, IMPATIENT, watchdog)
            connection = await leaves.enter_async_context(runs)
            pair.append(Running(member, watchdog, connection, leaves))
        await until(lambda: sorted(partitions(member.connection) for member in pair) == [0, 1])
        idle, busy = sorted(pair, key=lambda member: partitions(member.connection))
        busy.member.may_finish.clear()
        await group.send("a")
        await until(lambda: busy.member.calls)
        yield busy, idle
        busy.member.may_finish.set()


async def test_a_member_without_partitions_never_goes_stale_and_takes_over(
    new_group: NewGroup,
) -> None:
    one_partition = await new_group(partitions=1)
    async with busy_and_idle(one_partition) as (busy, idle):
        longer_than_the_poll_interval = asyncio.get_running_loop().time() + 2 * POLL_INTERVAL_S
        await until(lambda: is_past(longer_than_the_poll_interval))
        await busy.watchdog.until_stale()
        await idle.watchdog.much_later()
        assert idle.watchdog.stale() == ()
        busy.member.may_finish.set()
        await busy.leaves.aclose()
        await one_partition.send("b")
        await until(lambda: "b" in idle.member.handled)
    assert "a" in busy.member.handled + idle.member.handled


async def test_a_planted_member_that_counts_the_lag_of_others_goes_stale(
    new_group: NewGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def of_all(*_: object) -> int:
        return 1  # the batch that the other one has in flight

    async with busy_and_idle(await new_group(partitions=1)) as (_, idle):
        monkeypatch.setattr(Subscription, "_lag", of_all)
        await idle.watchdog.until_stale()


async def test_bytes_that_are_no_text_reach_the_dead_topic_as_they_were_and_tombstones_pass(
    new_group: NewGroup, logged: list[Any]
) -> None:
    group, member = await new_group(partitions=1), Member()
    odd = [("ce_id", b"\xff\xfe"), ("ce_id", b"2")]
    async with AIOKafkaProducer(bootstrap_servers=group.bootstrap) as producer:
        await producer.send_and_wait(group.live, b"\xff{planted", key=b"\xfe", headers=odd)
        await producer.send_and_wait(group.live, None, key=b"planted-order")
        await producer.send_and_wait(group.live, b"a", key=b"order")
    async with member.consuming(group) as connection:
        await until(lambda: member.handled == ["a"])
        (dead,) = await group.buried(1)
        await until_lag(group, 0)
        counted = connection.registry.get_sample_value(
            "kafka_tombstones_total", {"group": group.name}
        )
    assert (dead.key, dead.value) == (b"\xfe", b"\xff{planted")
    assert list(dead.headers)[:2] == odd
    assert dict(dead.headers)["dead_reason"] == b"decode_failed:UnicodeDecodeError"
    assert counted == 1
    (passed,) = [line for line in logged if line["event"] == "kafka.tombstone_passed_over"]
    assert (passed["topic"], passed["offset"]) == (group.live, 1)
    assert "planted" not in str(logged)


async def members_until(
    done: Callable[[], bool], group: Group, members: Callable[[Group], Awaitable[int]]
) -> list[int]:
    """How many members the group had, asked over and over until it is done."""
    counted: list[int] = []
    async with asyncio.timeout(LIMIT_S):
        while not done():
            counted.append(await members(group))
            await asyncio.sleep(0.05)
    return counted
