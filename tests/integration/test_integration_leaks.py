"""No connection to Kafka stays open, wherever in its opening or closing somebody is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from libs.runtime.tests.group_members import LIMIT_S, Member
from tests.integration.consumer_group import Group

from runtime import admin
from runtime.admin import TopicSpec
from runtime.publisher import Message, open_publisher
from runtime.retained import retained

pytestmark = pytest.mark.usefixtures("logged")
MOST_AWAITS = 400


class CancelledAt:
    """Awaits the coroutine, and cancels its task at the coroutine's n-th wait, counted from 0.

    ``again``: at every wait after that one too, as whoever loses patience does.
    """

    def __init__(self, work: Coroutine[Any, Any, Any], n: int, *, again: bool) -> None:
        self._work, self._n, self._again = work, n, again
        self.waits = 0

    def __await__(self) -> Generator[Any, None, None]:
        waiting = self._work.__await__()
        sent: Callable[[], Any] = lambda: next(waiting)  # noqa: E731 - the next step changes
        while True:
            try:
                future = sent()
            except StopIteration:
                return
            if self.waits == self._n or (self._again and self.waits > self._n):
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            self.waits += 1
            try:
                yield future
            except BaseException as error:  # noqa: BLE001 - goes where it belongs
                raised = error
                sent = lambda: waiting.throw(raised)  # noqa: B023, E731 - used before the next
            else:
                sent = lambda: next(waiting)  # noqa: E731


def sockets() -> set[str]:
    """The sockets this process has open."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one with which the folder itself was read
            found.add(str(descriptor.readlink()))
    return {name for name in found if name.startswith("socket:")}


async def is_closed(before: set[str]) -> bool:
    """Whether all is closed that was opened since; what was closed just now gets its turns."""
    for _ in range(100):
        if sockets() <= before:
            return True
        await asyncio.sleep(0.01)
    return False


async def leaks(work: Callable[[], Coroutine[Any, Any, Any]], *, again: bool) -> list[int]:
    """At which waits of the work a cancellation leaves a connection open."""
    found = []
    for n in range(MOST_AWAITS):
        before = sockets()
        cut = CancelledAt(work(), n, again=again)
        task = asyncio.ensure_future(_awaited(cut))
        await asyncio.wait({task}, timeout=LIMIT_S)
        assert task.done()
        if not task.cancelled():
            task.exception()
        if not await is_closed(before):
            found.append(n)
        if cut.waits <= n:
            return found
    return found


async def _awaited(work: Awaitable[None]) -> None:
    await work


def asks_lag(group: Group) -> Coroutine[Any, Any, Any]:
    return admin.lag(group.bootstrap, group.name, [group.live])


def makes_topics(group: Group) -> Coroutine[Any, Any, Any]:
    return admin.ensure_topics(group.bootstrap, [TopicSpec(group.live, 4, 3_600_000)])


async def publishes(group: Group) -> None:
    async with open_publisher(group.bootstrap, client_id="test") as publisher:
        await publisher.send([Message(group.live, b"a", b"order")])


async def reads_what_is_kept(group: Group) -> None:
    async for _ in retained(group.bootstrap, [group.live]):
        return


WORK = [asks_lag, makes_topics, publishes, reads_what_is_kept]


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
@pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__)
async def test_whoever_asks_kafka_may_be_cancelled_anywhere(
    group: Group, work: Callable[[Group], Coroutine[Any, Any, Any]], again: bool
) -> None:
    await group.send("a")
    assert await leaks(lambda: work(group), again=again) == []


async def test_a_member_may_be_cancelled_whenever(group: Group) -> None:
    """While it connects, joins, reads its lag, consumes and leaves; once, or again and again."""
    before = sockets()
    moments = [n / 500 for n in range(20)] + [0.5, 1.0, 4.0]
    await asyncio.gather(
        *(stops_after(moment, group, times) for moment in moments for times in (1, 50))
    )
    assert await is_closed(before)


async def stops_after(moment: float, group: Group, times: int) -> None:
    member = asyncio.create_task(Member().consume(group))
    await asyncio.sleep(moment)
    for _ in range(times):
        member.cancel()
        await asyncio.sleep(0.001)
    await asyncio.wait({member}, timeout=LIMIT_S)
    assert member.cancelled()
