"""The store in memory keeps what every event store promises."""

import asyncio

import pytest
from libs.eventstore.tests.suite_eventstore import ORDER, EventStoreSuite, decision, fact
from tests.world.story import NOW

from eventstore.memory import MemoryEventStore
from eventstore.store import Append


class TestMemoryEventStore(EventStoreSuite):
    """Runs the shared suite; ``tests/contract`` runs it on PostgreSQL."""


def test_a_command_without_events_is_refused() -> None:
    with pytest.raises(ValueError, match="order-7495-1 has no events"):
        Append(ORDER, 0, ())


def test_a_command_with_one_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="one event id twice"):
        decision(ORDER, 0, "a", "a")


async def test_each_of_several_that_wait_hears_of_what_came_while_another_waited() -> None:
    store = MemoryEventStore(lambda: NOW)
    goes_on = asyncio.Event()

    async def busy_then_wait() -> None:
        await goes_on.wait()
        await store.wait(60)

    busy = asyncio.create_task(busy_then_wait())
    waiting = [asyncio.create_task(store.wait(60)) for _ in range(2)]
    await asyncio.sleep(0)
    await store.append([fact(ORDER, "a")])
    async with asyncio.timeout(1):
        await asyncio.gather(*waiting)
        goes_on.set()
        await busy


async def test_who_was_told_waits_for_the_next() -> None:
    store = MemoryEventStore(lambda: NOW)
    await store.append([fact(ORDER, "a")])
    await store.wait(60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await store.wait(60)
