"""A Kafka record becomes a wake-up, or says why it can never be or must wait."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from libs.eventstore.tests.suite_eventstore import ORDER, TRACE, eligible, fact, id_of
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from eventstore import wakeups
from eventstore.journal import Contention
from eventstore.memory import MemoryEventStore
from eventstore.wakeups import DEFAULT_POLICY, Wakeup, decode, serve_group, subscribe_group
from ordersync_contracts import topics
from ordersync_contracts.envelope import to_headers
from runtime import kafka
from runtime.health import Check
from runtime.kafka import Connection, NewerVersion, Record, Undecodable, connect, replay_group
from runtime.kafka.broker import FastStreamTransport
from runtime.service import Service, Task
from runtime.settings import Settings

BUYER = "Waltraud Buyername"


@pytest.fixture
async def record(store: MemoryEventStore) -> Record:
    await store.append([fact(ORDER, "a")])
    (recorded,) = await store.read(ORDER)
    return to_record({name: value.decode() for name, value in to_headers(recorded)}, recorded.data)


def to_record(headers: dict[str, str], value: bytes) -> Record:
    at = datetime(2026, 1, 5, 13, tzinfo=UTC)
    return Record("order-eligible", 0, 7, at, ORDER, value, headers)


def changed(record: Record, value: bytes | None = None, **headers: str) -> Record:
    return to_record({**record.headers, **headers}, record.value if value is None else value)


def test_a_record_wakes_its_stream(record: Record) -> None:
    wakeup = decode(record)
    assert isinstance(wakeup, Wakeup)
    assert (wakeup.stream, wakeup.version) == (ORDER, 1)
    assert wakeup.event == eligible()
    cause = wakeup.cause
    assert cause.id == str(id_of("a"))
    assert (cause.correlation_id, cause.traceparent) == (TRACE.correlation_id, TRACE.traceparent)


def test_it_says_where_its_event_stands_and_whether_somebody_had_it_delivered_again(
    record: Record,
) -> None:
    first, again = decode(record), decode(changed(record, ce_replayed="true"))
    assert (first.position, first.is_replayed, again.is_replayed) == (1, False, True)


@pytest.mark.parametrize(
    ("fault", "passes"),
    [
        (Contention("1 streams changed 20 times"), True),
        (ExceptionGroup("both", [Contention("1"), Contention("2")]), True),
        (ExceptionGroup("one", [Contention("1"), LookupError()]), False),
        (LookupError(), False),
    ],
)
def test_a_record_that_met_only_other_writers_does_not_die(fault: Exception, passes: bool) -> None:
    assert DEFAULT_POLICY.is_passing(fault) is passes


def test_a_newer_version_waits_for_a_newer_reader(record: Record) -> None:
    with pytest.raises(NewerVersion, match=r"OrderEligible\.v2"):
        decode(changed(record, ce_type="ordersync.OrderEligible.v2"))


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ({}, BUYER.encode(), "OrderEligible.v1: data: json_invalid"),
        ({}, b"", "OrderEligible.v1: data: json_invalid"),
        ({}, json.dumps({"shop_id": BUYER}).encode(), "order_id: missing"),
        ({"ce_type": "ordersync.OrderTeleported.v1"}, None, "OrderTeleported"),
        ({"ce_type": "ordersync.OrderEligible.v0"}, None, "header ce_type"),
        ({"ce_type": ""}, None, "header ce_type is missing"),
        ({"ce_id": BUYER}, None, "header ce_id is not a UUID"),
        ({"ce_sequence": BUYER}, None, "header ce_sequence"),
    ],
)
def test_what_can_never_be_read_is_said_without_values(
    record: Record, headers: dict[str, str], value: bytes | None, reason: str
) -> None:
    with pytest.raises(Undecodable, match=reason) as raised:
        decode(changed(record, value, **headers))
    assert BUYER not in f"{raised.value} {raised.value!r}"
    assert raised.value.__suppress_context__


def subscribers(connection: Connection) -> list[Any]:
    assert isinstance(connection.transport, FastStreamTransport)
    return list(connection.transport.broker.subscribers)


@pytest.mark.parametrize("prefix", ["", "shared."])
async def test_a_group_is_subscribed_to_what_it_consumes_and_to_its_replays(prefix: str) -> None:
    async def handle(_: object) -> None: ...

    connection = connect("nowhere:1", client_id="mapper", registry=CollectorRegistry())
    subscribe_group(connection, "mapper", handle, topic_prefix=prefix)
    named = {(one.group_id, tuple(sorted(one.topic_names))) for one in subscribers(connection)}
    live = tuple(sorted(prefix + topic.name for topic in topics.consumed_by("mapper")))
    replays = (f"{prefix}{topics.replay_topic('mapper')}",)
    assert named == {(f"{prefix}mapper", live), (replay_group(f"{prefix}mapper"), replays)}


class Served:
    """Stands for ``runtime.service.serve``: notes what it was given."""

    tasks: Mapping[str, Task]
    readiness: Mapping[str, Check]

    async def __call__(
        self, _: Settings, tasks: Mapping[str, Task], *, readiness: Mapping[str, Check], **__: Any
    ) -> int:
        self.tasks, self.readiness = tasks, readiness
        return 7


async def handle(_: object) -> None:
    """What a service does with records."""


async def idle() -> None:
    """What a task of a service does."""


async def is_well() -> None:
    """What a service needs is there."""


SETTINGS = Settings(kafka_bootstrap="127.0.0.1:1", database_url=SecretStr("postgresql://x"))
SERVICE = Service(tasks={"sweep": idle}, on_records=handle, readiness={"postgres": is_well})


@pytest.mark.parametrize(
    ("also", "tasks"),
    [({}, {"consume", "sweep"}), ({"also": {"webhooks": idle}}, {"consume", "sweep", "webhooks"})],
)
async def test_a_group_is_served_with_everything_that_its_service_does(
    monkeypatch: pytest.MonkeyPatch, also: dict[str, Any], tasks: set[str]
) -> None:
    served, consumed = Served(), list[Connection]()

    async def consume(connection: Connection) -> None:
        consumed.append(connection)

    monkeypatch.setattr(wakeups, "serve", served)
    monkeypatch.setattr(kafka, "consume", consume)
    assert await serve_group(SERVICE, "mapper", SETTINGS, CollectorRegistry(), **also) == 7
    assert served.tasks.keys() == tasks
    assert served.readiness.keys() == {"kafka", "postgres"}
    await served.tasks["consume"]()
    (connection,) = consumed
    assert {one.group_id for one in subscribers(connection)} == {"mapper", replay_group("mapper")}


async def test_a_service_that_handles_no_records_is_not_served_as_a_group() -> None:
    with pytest.raises(ValueError, match=r"mapper handles no records: .* runtime\.service\.serve"):
        await serve_group(
            replace(SERVICE, on_records=None), "mapper", SETTINGS, CollectorRegistry()
        )
