"""Replay: which events, to whom, marked, and held back while somebody is behind."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.console.tests import happenings as happen

from connections.backpressure import Backpressure
from console.replay import replaying
from console.replay.replaying import Replay
from ordersync_contracts.envelope import from_headers
from runtime.publisher import Message


class Kafka:
    """Takes records, and says how far groups are behind: of what was given, one after the other."""

    def __init__(self, *lags: int | Exception) -> None:
        self.taken: list[Message] = []
        self.said: list[str] = []
        self.looks = 0
        self._lags = list(lags)

    async def send(self, messages: Sequence[Message]) -> None:
        self.taken.extend(messages)

    async def lag(self) -> Mapping[str, int]:
        self.looks += 1
        lag = self._lags.pop(0) if self._lags else 0
        if isinstance(lag, Exception):
            raise lag
        return {"mapper": lag}

    async def backlog(self, _store: str) -> float:
        return 0.0


def _replay(store: Any, kafka: Kafka) -> Replay:
    return Replay(
        store=store,
        send=kafka.send,
        backpressure=Backpressure(
            kafka.lag, kafka.backlog, lambda: 0.0, ask_every_s=0.0, look_again_s=0.0
        ),
        report=kafka.said.append,
        topic_prefix="t-",
        shard="3",
        epoch=2,
    )


async def test_events_go_to_the_replay_topic_of_every_group_marked_as_replayed(
    store: Any, story: Any
) -> None:
    stream = await story.order("101", happen.eligible("101"))
    chosen = replaying.select("order-fetched", happen.NOW, happen.NOW + timedelta(hours=1), None)
    kafka = Kafka()
    assert await _replay(store, kafka).execute(chosen) == 2
    found = [message.topic for message in kafka.taken]
    assert found == ["t-mapper-replay", "t-status-tracker-replay"]
    headers = {name: value.decode() for name, value in kafka.taken[0].headers}
    message = from_headers(headers)
    assert (message.name, message.stream, message.version) == ("OrderFetched", stream, 1)
    assert message.replayed
    assert (headers["ce_shard"], headers["ce_epoch"]) == ("3", "2")
    assert kafka.taken[0].key == stream.encode()
    assert kafka.taken[0].value == (await store.read(stream))[0].data


async def test_one_group_alone_can_be_replayed_to(store: Any, story: Any) -> None:
    await story.order("101")
    until = happen.NOW + timedelta(hours=1)
    chosen = replaying.select("order-fetched", happen.NOW, until, "status-tracker")
    kafka = Kafka()
    await _replay(store, kafka).execute(chosen)
    assert [message.topic for message in kafka.taken] == ["t-status-tracker-replay"]


async def test_only_events_recorded_in_the_time_asked_for_are_replayed(
    store: Any, story: Any, clock: Any
) -> None:
    await story.order("101")
    begins = clock()
    await story.order("102")
    ends = clock()
    await story.order("103")
    plan = await replaying.plan(store, replaying.select("order-fetched", begins, ends, "mapper"))
    assert (plan.events, plan.orders, plan.records) == ({"OrderFetched": 1}, 1, 1)


async def test_it_waits_while_a_group_is_more_than_a_thousand_records_behind(
    store: Any, story: Any
) -> None:
    await story.order("101")
    until = happen.NOW + timedelta(hours=1)
    kafka = Kafka(5000, 1001, 1000)
    await _replay(store, kafka).execute(
        replaying.select("order-fetched", happen.NOW, until, "mapper")
    )
    assert kafka.looks == 3
    assert [message for message in kafka.said if "mapper (5000)" in message]
    assert len(kafka.taken) == 1


async def test_it_waits_while_kafka_is_away_and_says_so(store: Any, story: Any) -> None:
    await story.order("101")
    until = happen.NOW + timedelta(hours=1)
    kafka = Kafka(ConnectionResetError())
    await _replay(store, kafka).execute(
        replaying.select("order-fetched", happen.NOW, until, "mapper")
    )
    assert kafka.said[0] == "waiting: Kafka does not say how many records are waiting"
    assert len(kafka.taken) == 1


async def test_more_than_a_page_of_events_is_replayed_whole(store: Any, story: Any) -> None:
    for n in range(replaying.PAGE + 3):
        await story.order(str(n))
    chosen = replaying.select(
        "order-fetched", happen.NOW, happen.NOW + timedelta(hours=9), "mapper"
    )
    kafka = Kafka()
    assert await _replay(store, kafka).execute(chosen) == replaying.PAGE + 3
    assert len({message.key for message in kafka.taken}) == replaying.PAGE + 3
