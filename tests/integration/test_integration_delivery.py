"""The delivery policy on real Kafka: nothing is lost or left behind when things go wrong."""

import asyncio
import json
import secrets
import signal
import sys
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from tests.integration.consumer_group import (
    LIMIT_S,
    QUICK,
    Group,
    Member,
    is_past,
    is_paused,
    partitions,
    subscription,
    until,
    until_answered,
    until_lag,
)

from connections.backpressure import Lag, lag_of
from ordersync_contracts import topics
from runtime import admin, kafka
from runtime.admin import TopicSpec
from runtime.backoff import Backoff
from runtime.publisher import NotPublished
from runtime.settings import Settings

pytestmark = pytest.mark.usefixtures("logged")


async def test_topics_are_made_once_and_found_again(group: Group) -> None:
    specs = [TopicSpec(name, 4, 3_600_000) for name in (group.live, f"{group.prefix}more")]
    assert await admin.ensure_topics(group.bootstrap, specs) == (f"{group.prefix}more",)
    assert await admin.ensure_topics(group.bootstrap, specs) == ()


async def test_a_topic_the_cluster_refuses_is_named(group: Group) -> None:
    with pytest.raises(admin.TopicRefused, match="topic no/slash cannot be created"):
        await admin.ensure_topics(group.bootstrap, [TopicSpec("no/slash", 1, 1000)])


async def test_everything_sent_before_the_first_start_is_handled_in_order_per_key(
    group: Group,
) -> None:
    member = Member()
    texts = [str(n) for n in range(2_000)]
    await group.send(*texts, same_key=True)
    assert await group.lag() == 2_000
    async with member.consuming(group):
        await until(lambda: len(member.handled) >= 2_000)
        await until_lag(group, 0)
    assert member.handled == texts
    assert len(member.calls) < 40


async def test_poison_goes_to_the_dead_topic_as_it_was_and_the_rest_goes_on(group: Group) -> None:
    member = Member()
    await group.send("a", "unreadable", "b", "poison", "c", same_key=True)
    async with member.consuming(group):
        await until(lambda: {"a", "b", "c"} <= set(member.handled))
        dead = {record.value: record for record in await group.buried(2)}
        await until_lag(group, 0)
    headers = dict(dead[b"unreadable"].headers)
    assert headers["dead_reason"] == b"order_id: missing"
    assert headers["dead_origin_topic"] == group.live.encode()
    assert headers["dead_origin_offset"] == b"1"
    assert headers["ce_id"] == b"1"
    assert dead[b"unreadable"].key == b"order"
    assert dict(dead[b"poison"].headers)["dead_reason"] == b"handler_failed:LookupError"


async def test_while_the_store_is_away_batches_are_tried_again_and_nothing_is_acknowledged(
    group: Group,
) -> None:
    member = Member()
    member.fault = ConnectionRefusedError()
    await group.send("a", "b", "c", same_key=True)
    async with member.consuming(group) as connection:
        await until(lambda: len(member.calls) >= 4)
        assert await group.lag() == 3
        assert "ConnectionRefusedError" in (await connection.ready() or "")
        assert connection.watchdog.stale() == ()
        member.fault = None
        await until(lambda: member.handled == ["a", "b", "c"])
        await until_lag(group, 0)
        assert await connection.ready() is None


async def test_a_record_of_a_newer_version_waits_for_a_newer_reader_and_others_go_on(
    group: Group,
) -> None:
    member = Member()
    await group.send("a", "v2 b", "c", same_key=True)
    others = [f"other {n}" for n in range(20)]
    async with member.consuming(group):
        await until(lambda: "a" in member.handled)
        await group.send(*others)
        waits_on_one_of_four = len(others) // 2
        await until(lambda: len(member.handled) > waits_on_one_of_four)
        assert "c" not in member.handled
        assert await group.lag() >= 2
    newer = Member()
    newer.newest = 2
    async with newer.consuming(group):
        await until(lambda: {"v2 b", "c"} <= set(newer.handled))
        await until_lag(group, 0)
    assert sorted(member.handled + newer.handled) == sorted(["a", "v2 b", "c", *others])


async def test_a_waiting_partition_is_looked_at_again_by_the_same_member(group: Group) -> None:
    member = Member()
    await group.send("a", "v2 b", "c", same_key=True)
    async with member.consuming(group):
        await until(lambda: member.handled == ["a"])
        member.newest = 2
        await until(lambda: member.handled == ["a", "v2 b", "c"])


async def test_two_members_share_the_work_and_handle_each_record_once(group: Group) -> None:
    first, second = Member(), Member()
    async with first.consuming(group) as one, second.consuming(group) as two:
        await until(lambda: partitions(one) == partitions(two) == 2)
        texts = [str(n) for n in range(400)]
        await group.send(*texts)
        await until(lambda: len(first.handled) + len(second.handled) >= 400)
    assert first.handled
    assert second.handled
    assert sorted(first.handled + second.handled) == sorted(texts)


async def test_a_rebalance_waits_for_the_batch_in_flight(group: Group) -> None:
    slow, joining = Member(), Member()
    slow.may_finish.clear()
    await group.send("a", "b", "c", "d", "e", "f")
    async with slow.consuming(group):
        await until(lambda: slow.calls)
        async with joining.consuming(group) as connection:
            two_heartbeats_later = asyncio.get_running_loop().time() + 2.5
            await until(lambda: partitions(connection) or is_past(two_heartbeats_later))
            assert partitions(connection) == 0
            slow.may_finish.set()
            await until(lambda: partitions(connection) == 2)
            await until_lag(group, 0)
    assert sorted(slow.handled + joining.handled) == ["a", "b", "c", "d", "e", "f"]


async def test_a_batch_that_is_put_back_does_not_hold_up_a_rebalance(group: Group) -> None:
    failing, joining = Member(), Member()
    failing.fault = OSError()
    patient = replace(QUICK, backoff=Backoff(first=600, longest=600))
    await group.send("a", "b", "c", "d")
    async with failing.consuming(group, patient):
        await until(lambda: failing.calls)
        async with joining.consuming(group) as connection:
            await until(lambda: partitions(connection) == 2)
        # all are the failing member's again, and a rebalance forgets how long it wanted to wait
        failing.fault = None
        await until_lag(group, 0)
    assert sorted(failing.handled + joining.handled) == ["a", "b", "c", "d"]


async def test_replays_wait_until_live_work_has_caught_up(group: Group) -> None:
    member = Member()
    await group.send(*(f"replayed {n}" for n in range(50)), topic=group.replay)
    the_last_batch_is_not_full = QUICK.max_records * 4 + 1
    await group.send(*(str(n) for n in range(the_last_batch_is_not_full)), same_key=True)
    member.may_finish.clear()
    async with member.consuming(group, replace(QUICK, replay_quiet_s=LIMIT_S)) as connection:
        replays = subscription(connection, 1)
        await until(lambda: len(member.calls) > 1 or (member.calls and is_paused(replays)))
        assert len(member.calls) == 1
        member.may_finish.set()
        await until(lambda: len(member.handled) >= the_last_batch_is_not_full + 50)
    while_batches_were_full = member.handled[:2_000]
    assert not any(text.startswith("replayed") for text in while_batches_were_full)
    assert len([text for text in member.handled if text.startswith("replayed")]) == 50


async def test_replays_that_were_read_are_in_nobodys_way(group: Group) -> None:
    """They are committed by a group of their own; a replay and bulk wait for what it has left."""
    names = [topic.name for topic in topics.consumed_by("mapper")]
    await admin.ensure_topics(
        group.bootstrap, [TopicSpec(group.prefix + name, 1, 3_600_000) for name in names]
    )
    settings = Settings(
        kafka_bootstrap=group.bootstrap,
        database_url=SecretStr("postgresql://nobody@127.0.0.1/none"),
        topic_prefix=group.prefix,
    )
    lag, member = lag_of(settings, ["mapper"], replayed=True), Member()
    await group.send(*(str(n) for n in range(1_200)), topic=group.replay)
    assert await lag() == {"mapper": 1_200}
    async with member.consuming(group):
        await until(lambda: len(member.handled) == 1_200)
        await until_answered(lambda: _of_mapper(lag), 0)


async def _of_mapper(lag: Lag) -> int:
    return (await lag())["mapper"]


async def test_live_records_are_handled_while_a_replay_batch_takes_its_time(group: Group) -> None:
    member = Member()
    async with member.consuming(group):
        member.may_finish.clear()
        await group.send("replayed", topic=group.replay)
        await until(lambda: member.calls == [["replayed"]])
        await group.send("live")
        await until(lambda: ["live"] in member.calls)
        assert member.handled == []


async def test_what_is_published_is_stored_in_order_per_key_however_much_it_is(
    group: Group,
) -> None:
    member = Member()
    texts = [f"{n} {secrets.token_hex(500)}" for n in range(3_000)]
    await group.send(*texts, same_key=True)
    async with member.consuming(group):
        await until(lambda: len(member.handled) >= len(texts))
    assert member.handled == texts


async def test_what_the_broker_refuses_is_an_error_of_the_publisher(group: Group) -> None:
    with pytest.raises(NotPublished, match="1 records: MessageSizeTooLargeError"):
        await group.send(secrets.token_hex(1_500_000))
    assert await group.lag() == 0


MEMBER_THAT_HANGS = """
import asyncio, json, sys
from prometheus_client import CollectorRegistry
from runtime import kafka, logs

async def hang(texts):
    print(json.dumps(texts), flush=True)
    await asyncio.Event().wait()

async def main(bootstrap, topic, group, dead):
    connection = kafka.connect(bootstrap, client_id="doomed", registry=CollectorRegistry())
    kafka.subscribe(
        connection, [topic], group=group, decode=lambda record: record.value.decode(),
        handle=hang, dead_topic=dead, policy=kafka.DeliveryPolicy(session_timeout_ms=6000),
    )
    await kafka.consume(connection)

logs.configure("doomed")
asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_member_killed_in_the_middle_of_a_batch_loses_nothing(group: Group) -> None:
    member = Member()
    await group.send("a", "b", "c", same_key=True)
    doomed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEMBER_THAT_HANGS),
        *(group.bootstrap, group.live, group.name, group.dead),
        stdout=asyncio.subprocess.PIPE,
    )
    assert doomed.stdout is not None
    async with asyncio.timeout(LIMIT_S):
        assert json.loads(await doomed.stdout.readline()) == ["a", "b", "c"]
    doomed.send_signal(signal.SIGKILL)
    await doomed.wait()
    async with member.consuming(group):
        await until(lambda: member.handled == ["a", "b", "c"])
        await until_lag(group, 0)


async def test_a_broker_that_is_not_there_is_named() -> None:
    member = Member()
    connection = kafka.connect("127.0.0.1:1", client_id="test", registry=CollectorRegistry())
    kafka.subscribe(
        connection,
        ["order-fetched"],
        group="mapper",
        decode=member.decode,
        handle=member.handle,
        dead_topic="mapper-dead",
    )
    with pytest.raises(kafka.Unreachable, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        await kafka.consume(connection)
