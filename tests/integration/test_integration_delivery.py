"""The delivery policy on real Kafka: nothing is lost or left behind when things go wrong."""

import asyncio
import json
import signal
import sys

import pytest
from libs.runtime.tests.group_members import (
    LIMIT_S,
    Member,
    until,
    until_answered,
    until_lag,
)
from libs.runtime.tests.suite_kafka import KafkaSuite
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from tests.integration.consumer_group import Group

from connections.backpressure import Lag, lag_of
from ordersync_contracts import topics
from runtime import admin, kafka
from runtime.admin import TopicSpec
from runtime.settings import Settings

pytestmark = pytest.mark.usefixtures("logged")


@pytest.mark.usefixtures("logged")
class TestKafka(KafkaSuite):
    """Runs the shared suite; ``libs/runtime/tests`` runs it in memory."""

    NOTICED_S = 2.5  # two heartbeats
    LIMIT_MS = 2_000


async def test_topics_are_made_once_and_found_again(group: Group) -> None:
    specs = [TopicSpec(name, 4, 3_600_000) for name in (group.live, f"{group.prefix}more")]
    assert await admin.ensure_topics(group.bootstrap, specs) == (f"{group.prefix}more",)
    assert await admin.ensure_topics(group.bootstrap, specs) == ()


async def test_a_topic_the_cluster_refuses_is_named(group: Group) -> None:
    with pytest.raises(admin.TopicRefused, match="topic no/slash cannot be created"):
        await admin.ensure_topics(group.bootstrap, [TopicSpec("no/slash", 1, 1000)])


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
