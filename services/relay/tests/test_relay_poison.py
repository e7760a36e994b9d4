"""What the relay may meet: nothing is lost and no checkpoint passes it; what ends, goes on again.

An event that it does not know: ``test_relay_leader.py``. A record too big for Kafka is refused when
its event is appended: ``suite_eventstore.py``.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from services.relay.tests.conftest import ListPublisher

from ordersync_contracts import topics
from runtime.publisher import Message, NotPublished

MISSING = f"t-{topics.BY_EVENT['OrderEligible'].name}"
Refused = Callable[[Message], bool]


def is_of_a_missing_topic(message: Message) -> bool:
    return message.topic == MISSING


def is_too_big(message: Message) -> bool:
    return dict(message.headers)["ce_position"] == b"2"


@pytest.mark.parametrize("refused", [is_of_a_missing_topic, is_too_big])
async def test_what_kafka_does_not_take_is_passed_by_no_checkpoint_and_told_by_the_lag(
    world: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All topics wait for it: until it is mended the relay begins again and again, and says so."""
    send = ListPublisher.send

    async def some(publisher: ListPublisher, messages: Sequence[Message]) -> None:
        if any(map(refused, messages)):
            raise NotPublished(f"{len(messages)} records: planted")
        await send(publisher, messages)

    await world.say("1", "SyncRequested", "OrderEligible", "SyncRequested", "SyncRequested")
    with monkeypatch.context() as poisoned:
        poisoned.setattr(ListPublisher, "send", some)
        async with world.running("lead"):
            await _until(lambda: world.kafka.opened >= 2)
    assert (world.row.position, world.kafka.messages) == (0, [])
    assert await world.lag() == 4.0
    async with world.running("lead"):
        await _until(lambda: world.row.position == 4)
    assert world.published("order-7495-1") == [1, 2, 3, 4]


async def test_one_broker_error_ends_no_task_and_keeps_the_order(world: Any) -> None:
    await world.say("1", "OrderEligible", "SyncRequested", "OrderIneligible")
    world.kafka.stores_before_failing = 1
    async with world.running("lead"):
        await _until(lambda: world.row.position == 3)
    assert world.published("order-7495-1") == [1, 1, 2, 3]


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)
