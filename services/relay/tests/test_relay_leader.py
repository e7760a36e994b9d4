"""Every event reaches its topic at least once, in stream order per key, whatever happens."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from ordersync_contracts import topics
from relay.app import LOCK, LOCK_SPACE
from relay.checkpoint import Deposed
from runtime.publisher import NotPublished
from runtime.session import Lease, LeaseLost

LIMIT_S = 2.0
LIFE = ("SyncRequested", "OrderEligible", "OrderIneligible", "OrderEligible", "SyncRequested")


async def lead_until_empty(world: Any) -> None:
    """Lead until the store's newest event is published, then lose the lease."""

    async def when_done() -> None:
        newest = dict(world.kafka.messages[-1].headers)["ce_position"]
        if int(newest) == await world.store.head():
            world.lease.end()

    world.kafka.after_page = when_done
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(LeaseLost):
            await world.leader.lead(world.lease)


async def test_every_event_goes_to_the_topic_named_after_it_under_its_stream(world: Any) -> None:
    await world.say("1", *LIFE)
    await lead_until_empty(world)
    expected = [f"t-{topics.BY_EVENT[name].name}" for name in LIFE]
    assert [message.topic for message in world.kafka.messages] == expected
    assert {message.key for message in world.kafka.messages} == {b"order-7495-1"}


async def test_a_record_is_a_cloud_event_with_the_store_s_shard_and_epoch(world: Any) -> None:
    await world.say("1", "OrderEligible")
    (recorded,) = await world.store.read("order-7495-1")
    await lead_until_empty(world)
    (message,) = world.kafka.messages
    headers = {key: value.decode() for key, value in message.headers}
    assert message.value == recorded.data
    assert headers == headers | {
        "ce_specversion": "1.0",
        "ce_type": "ordersync.OrderEligible.v1",
        "ce_id": str(recorded.id),
        "ce_source": "/ordersync/test",
        "ce_subject": "order-7495-1",
        "ce_partitionkey": "order-7495-1",
        "ce_sequence": "1",
        "ce_position": "1",
        "ce_shard": "3",
        "ce_epoch": "2",
        "ce_correlationid": "talk",
        "ce_causationid": "cause",
    }
    assert "ce_replayed" not in headers


async def test_pages_go_out_one_after_the_other_and_each_moves_the_checkpoint(world: Any) -> None:
    await world.say("1", *LIFE)
    await world.say("2", *LIFE)
    await lead_until_empty(world)
    assert world.kafka.pages == [3, 3, 3, 1]
    assert world.row.moves == [3, 6, 9]
    assert world.published("order-7495-1") == [1, 2, 3, 4, 5]
    assert world.published("order-7495-2") == [1, 2, 3, 4, 5]


async def test_it_goes_on_from_the_checkpoint(world: Any) -> None:
    await world.say("1", *LIFE)
    world.row.position = 3
    await lead_until_empty(world)
    assert world.published("order-7495-1") == [4, 5]


async def test_what_is_appended_later_follows(world: Any) -> None:
    async def then_more() -> None:
        world.kafka.after_page = stop
        await world.say("1", "OrderIneligible")

    async def stop() -> None:
        world.lease.end()

    await world.say("1", "OrderEligible")
    world.kafka.after_page = then_more
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(LeaseLost):
            await world.leader.lead(world.lease)
    assert world.published("order-7495-1") == [1, 2]


async def test_a_failed_page_starts_again_from_the_checkpoint_with_a_new_publisher(
    world: Any,
) -> None:
    await world.say("1", *LIFE)
    await world.say("1", *LIFE)

    async def fail_the_next() -> None:
        world.kafka.stores_before_failing = 2

    world.kafka.after_page = fail_the_next
    with pytest.raises(NotPublished):
        await world.leader.lead(world.lease)
    assert world.row.moves == [3]
    await lead_until_empty(world)
    assert world.kafka.opened == 2
    seen = world.published("order-7495-1")
    assert seen == [1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 10]
    assert list(dict.fromkeys(seen)) == list(range(1, 11))


async def test_a_checkpoint_never_moves_past_what_is_published(world: Any) -> None:
    await world.say("1", *LIFE)
    world.kafka.stores_before_failing = 0
    with pytest.raises(NotPublished):
        await world.leader.lead(world.lease)
    assert (world.row.position, world.kafka.messages) == (0, [])


async def test_a_leader_without_a_lease_publishes_nothing(world: Any) -> None:
    await world.say("1", *LIFE)
    world.seconds = 10.0
    with pytest.raises(LeaseLost):
        await world.leader.lead(world.lease)
    assert world.kafka.messages == []


async def test_a_leader_that_has_nothing_to_do_notices_that_its_lease_has_ended(world: Any) -> None:
    leading = asyncio.create_task(world.leader.lead(world.lease))
    async with asyncio.timeout(LIMIT_S):
        await world.kafka.is_open.wait()
        world.lease.end()
        with pytest.raises(LeaseLost):
            await leading


async def test_a_leader_whose_lease_ends_while_publishing_moves_no_checkpoint(world: Any) -> None:
    await world.say("1", *LIFE)

    async def pause() -> None:
        world.seconds = 10.0

    world.kafka.after_page = pause
    with pytest.raises(LeaseLost):
        await world.leader.lead(world.lease)
    assert (world.row.moves, world.kafka.pages) == ([], [3])


async def test_a_leader_that_was_overtaken_moves_no_checkpoint(world: Any) -> None:
    await world.say("1", *LIFE)

    async def another_begins() -> None:
        world.row.epoch += 1

    world.kafka.after_page = another_begins
    with pytest.raises(Deposed):
        await world.leader.lead(world.lease)
    assert world.row.position == 0


async def test_metrics_say_what_was_published_and_how_far_behind_kafka_is(world: Any) -> None:
    value: Callable[[str], float | None] = world.registry.get_sample_value
    await world.say("1", *LIFE)
    assert await world.lag() == 5.0
    await lead_until_empty(world)
    assert await world.lag() == 2.0
    assert value("relay_events_published_total") == 3.0
    assert value("relay_position") == 3.0


async def test_a_fresh_process_does_not_count_what_others_published_as_lag(world: Any) -> None:
    await world.say("1", *LIFE)
    world.row.position = 5
    assert await world.lag() == 0.0


async def test_whoever_has_the_lock_leads_and_says_so(world: Any) -> None:
    await world.say("1", *LIFE)
    async with world.locks.open_session() as another:
        await another.try_lock(LOCK_SPACE, LOCK)
        async with world.running("lead"):
            assert world.registry.get_sample_value("relay_leads") == 0.0
            assert not world.kafka.messages
    async with world.running("lead"):
        assert world.registry.get_sample_value("relay_leads") == 1.0
        assert world.published("order-7495-1") == [1, 2, 3, 4, 5]
    assert world.registry.get_sample_value("relay_leads") == 0.0


def lease_again(world: Any) -> None:
    world.lease = Lease(10.0, lambda: world.seconds)
    world.lease.extend(0.0)


@pytest.fixture
def rolled_back(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """This relay is older than what wrote SyncRequested; undone, it knows it."""
    older = {name: topic for name, topic in topics.BY_EVENT.items() if name != "SyncRequested"}
    monkeypatch.setattr(topics, "BY_EVENT", older)
    return monkeypatch


async def test_an_event_it_does_not_know_is_set_aside_and_the_rest_goes_on(
    world: Any, rolled_back: pytest.MonkeyPatch
) -> None:
    await world.say("1", *LIFE, "OrderEligible")
    with capture_logs() as logs:
        await lead_until_empty(world)
    assert world.published("order-7495-1") == [2, 3, 4, 6]
    assert world.row.unknown == {1: "SyncRequested", 5: "SyncRequested"}
    (said, *_) = [line for line in logs if line["event"] == "relay.unknown_events_set_aside"]
    assert (said["events"], said["names"]) == (1, ["SyncRequested"])
    assert await world.lag() is not None
    assert world.registry.get_sample_value("relay_events_set_aside") == 2.0


async def test_a_page_of_nothing_it_knows_moves_the_checkpoint(
    world: Any, rolled_back: pytest.MonkeyPatch
) -> None:
    await world.say("1", "SyncRequested", "SyncRequested", "SyncRequested", "OrderEligible")
    await lead_until_empty(world)
    assert world.published("order-7495-1") == [4]
    assert world.row.moves == [3]


async def test_a_relay_that_knows_it_makes_up_for_it_when_it_leads(
    world: Any, rolled_back: pytest.MonkeyPatch
) -> None:
    await world.say("1", *LIFE, "OrderEligible")
    await lead_until_empty(world)
    rolled_back.undo()
    lease_again(world)
    await world.say("2", "OrderEligible")
    await lead_until_empty(world)
    assert world.published("order-7495-1") == [2, 3, 4, 6, 1, 5, 4, 5, 6]
    assert world.row.unknown == {}


async def test_what_is_set_aside_is_not_lost_when_publishing_it_fails(
    world: Any, rolled_back: pytest.MonkeyPatch
) -> None:
    await world.say("1", "SyncRequested", "OrderEligible")
    await lead_until_empty(world)
    rolled_back.undo()
    lease_again(world)
    world.kafka.stores_before_failing = 0
    with pytest.raises(NotPublished):
        await world.leader.lead(world.lease)
    assert world.row.unknown == {1: "SyncRequested"}
