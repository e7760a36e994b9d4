"""What a superuser did to stored events is found and named; Kafka knows what the store forgot."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from libs.eventstore.tests.suite_eventstore import decision, fact
from prometheus_client import CollectorRegistry
from tests.integration.database_access import connected, until

from console.audit import verification
from console.audit.verification import Report
from devstack.backends import Servers
from devstack.databases import Database
from eventstore import postgres
from eventstore.postgres import PostgresEventStore
from eventstore.store import Append
from eventstore.stored import open_stored
from ordersync_contracts import topics
from relay import tables as relay_tables
from relay.app import Connections, build
from relay.checkpoint import Checkpoint
from relay.leader import Route
from relay.settings import RelaySettings
from runtime.admin import TopicSpec, ensure_topics
from runtime.clock import Clocks, boottime
from runtime.migrations import migrate
from runtime.publisher import open_publisher
from runtime.randomness import system_chance, system_id
from runtime.session import open_session

EVENTS = 12


@dataclass
class Audited:
    """A store whose events are in Kafka too, and a superuser who may do anything to it."""

    database: Database
    kafka: str
    prefix: str
    admin: Any

    async def behind_the_back(self, *statements: str) -> None:
        """As a superuser, with the triggers off."""
        async with self.admin.transaction():
            await self.admin.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await self.admin.execute(statement)

    async def verify(self) -> Report:
        async with open_stored(self.database.app_dsn) as store:
            return await verification.verify(store, self.kafka, self.prefix)

    async def append(self, *commands: Append) -> None:
        async with postgres.connect(self.database.app_dsn) as store:
            await store.append(commands)

    async def relay(self) -> None:
        """Bring everything into Kafka."""
        async with (
            postgres.connect(self.database.app_dsn) as store,
            relay_tables.open_checkpoint(self.database.app_dsn) as checkpoint,
        ):
            await relay_all(store, checkpoint, self.kafka, self.prefix, self.database)


async def relay_all(
    store: PostgresEventStore,
    checkpoint: Checkpoint,
    kafka: str,
    prefix: str,
    database: Database,
) -> None:
    settings = RelaySettings(kafka_bootstrap=kafka, database_url=database.app_dsn)
    connections = Connections(
        store,
        checkpoint,
        partial(open_session, database.app_dsn, clock=boottime),
        partial(open_publisher, kafka, client_id="relay"),
        Route(prefix, "0", 0),
    )
    registry = CollectorRegistry()
    service = build(connections, settings, Clocks(), system_id, system_chance, registry)
    leading = asyncio.create_task(service.tasks["lead"]())
    head = "SELECT max(position) FROM eventstore.event"
    async with connected(database.admin_dsn) as admin:
        await until(admin, f"SELECT position >= ({head}) FROM relay.checkpoint")
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)


@pytest.fixture
async def audited(stack: Servers, database: Database, topic_prefix: str) -> AsyncIterator[Audited]:
    await migrate(database.admin_dsn, [postgres.MIGRATIONS, relay_tables.MIGRATIONS])
    names = [topic_prefix + topic.name for topic in topics.ALL]
    await ensure_topics(stack.kafka, [TopicSpec(name, 1, 3_600_000) for name in names])
    async with connected(database.admin_dsn) as admin:
        audited = Audited(database, stack.kafka, topic_prefix, admin)
        await audited.append(
            *(decision(f"order-1-{n}", 0, f"a{n}", f"b{n}") for n in range(EVENTS // 2))
        )
        await audited.relay()
        yield audited


async def test_a_store_that_nobody_touched_verifies(audited: Audited) -> None:
    report = await audited.verify()
    assert (report.events, report.head, report.records) == (EVENTS, EVENTS, EVENTS)
    assert report.findings == ()


@pytest.mark.parametrize(
    "change",
    [
        "payload = '{}'",
        "payload = '\\x28b52ffd00'",
        "digest = sha256('other')",
        "occurred_at = occurred_at - interval '1 microsecond'",
        "recorded_at = now()",
        "stream_id = 'order-1-99'",
        "event_id = gen_random_uuid()",
        "name = 'OrderEligibleX'",
        "correlation_id = 'somebody else'",
        "chain = sha256('other')",
    ],
)
async def test_a_changed_row_is_named_whatever_was_changed(audited: Audited, change: str) -> None:
    await audited.behind_the_back(f"UPDATE eventstore.event SET {change} WHERE position = 5")
    findings = (await audited.verify()).findings
    assert 5 in {finding.position for finding in findings}
    assert {finding.kind for finding in findings} <= {"changed", "rewritten"}
    assert any("position 5 " in finding.text for finding in findings)


async def test_a_removed_row_is_named(audited: Audited) -> None:
    await audited.behind_the_back("DELETE FROM eventstore.event WHERE position = 5")
    findings = (await audited.verify()).findings
    assert {(finding.kind, finding.position) for finding in findings} == {("removed", 5)}


async def test_rows_removed_between_two_others_are_named_by_their_range(audited: Audited) -> None:
    await audited.behind_the_back("DELETE FROM eventstore.event WHERE position IN (5, 6, 7)")
    findings = (await audited.verify()).findings
    assert any(finding.text.startswith("position 5 to 7 was removed") for finding in findings)


async def test_a_row_that_was_put_in_is_named(audited: Audited) -> None:
    await audited.behind_the_back("SELECT setval('eventstore.event_position_seq', 20)")
    await audited.append(fact("order-1-50", "late"))
    await audited.behind_the_back(
        "INSERT INTO eventstore.event OVERRIDING SYSTEM VALUE "
        "SELECT 15, gen_random_uuid(), 'order-1-77', 1, name, schema_version, occurred_at, "
        "recorded_at, source, correlation_id, causation_id, traceparent, digest, chain, payload "
        "FROM eventstore.event WHERE position = 3"
    )
    (finding,) = (await audited.verify()).findings
    assert (finding.kind, finding.position) == ("inserted", 15)
    assert "order-1-77" in finding.text


async def test_a_cut_tail_is_found_by_what_kafka_carries(audited: Audited) -> None:
    await audited.behind_the_back("DELETE FROM eventstore.event WHERE position > 9")
    report = await audited.verify()
    assert report.head == 9
    found = [(finding.kind, finding.position) for finding in report.findings]
    assert found == [("cut", 10), ("cut", 11), ("cut", 12)]


async def test_a_cut_tail_that_was_appended_over_is_found_too(audited: Audited) -> None:
    await audited.behind_the_back("DELETE FROM eventstore.event WHERE position > 9")
    await audited.append(fact("order-1-60", "after"))
    findings = (await audited.verify()).findings
    assert {finding.position for finding in findings} == {10, 11, 12}


async def test_a_history_made_anew_with_a_chain_that_holds_is_found(audited: Audited) -> None:
    """Whoever may do anything can append everything again, with one event another."""
    await audited.behind_the_back(
        "DELETE FROM eventstore.event WHERE position > 9",
        "SELECT setval('eventstore.event_position_seq', 9)",
    )
    await audited.append(*(fact(f"order-2-{n}", f"forged {n}") for n in range(3)))
    report = await audited.verify()
    assert report.head == EVENTS
    assert {finding.kind for finding in report.findings} == {"rewritten"}
    assert {finding.position for finding in report.findings} == {10, 11, 12}


async def test_without_kafka_the_same_forgery_would_go_unseen(audited: Audited) -> None:
    """The twin of the test above: it is Kafka's copy that finds it, not the chain."""
    await audited.behind_the_back(
        "DELETE FROM eventstore.event WHERE position > 9",
        "SELECT setval('eventstore.event_position_seq', 9)",
        "UPDATE eventstore.identity SET epoch = 1",
    )
    await audited.append(*(fact(f"order-2-{n}", f"forged {n}") for n in range(3)))
    report = await audited.verify()
    assert (report.records, report.findings) == (0, ())


async def test_an_export_holds_every_event_of_the_range_as_it_is_stored(audited: Audited) -> None:
    async with open_stored(audited.database.app_dsn) as stored:
        lines = [json.loads(line) async for line in verification.export(stored, 3, 6)]
    assert [line["position"] for line in lines] == [4, 5, 6]
    async with postgres.connect(audited.database.app_dsn) as store:
        expected = await store.read_after(3, 3)
    assert [line["data"] for line in lines] == [json.loads(recorded.data) for recorded in expected]
    assert [line["chain"] for line in lines] == [recorded.chain.hex() for recorded in expected]
