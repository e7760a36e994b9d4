"""The application's role can append and read, and nobody can change an event."""

from typing import Any

import asyncpg
import pytest
from libs.eventstore.tests.suite_eventstore import fact

from eventstore import rows
from eventstore.postgres import PostgresEventStore

INSERT = """
INSERT INTO eventstore.event (event_id, stream_id, version, name, schema_version, occurred_at,
    source, correlation_id, causation_id, traceparent, digest, chain, payload)
VALUES (gen_random_uuid(), 's', 1, 'n', 1, now(), '', '', '', '', '', '', '')
"""
REFUSED_TO_THE_APPLICATION = [
    INSERT,
    "UPDATE eventstore.event SET name = 'x'",
    "DELETE FROM eventstore.event",
    "TRUNCATE eventstore.event",
    "SELECT * FROM eventstore.event FOR UPDATE",
    "UPDATE eventstore.identity SET epoch = 9",
    "INSERT INTO eventstore.identity VALUES (true)",
    "DELETE FROM eventstore.identity",
    "CREATE TABLE eventstore.other ()",
    "CREATE TABLE public.other ()",
    "CREATE SCHEMA other",
    "CREATE FUNCTION eventstore.other() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE eventstore.event ADD extra int",
    "ALTER TABLE eventstore.event DISABLE TRIGGER ALL",
    "ALTER TABLE eventstore.event OWNER TO CURRENT_USER",
    "DROP TABLE eventstore.event",
    "DROP TRIGGER event_is_append_only ON eventstore.event",
    "DROP FUNCTION eventstore.append",
    "CREATE INDEX ON eventstore.event (name)",
    "CREATE RULE gone AS ON INSERT TO eventstore.event DO INSTEAD NOTHING",
    "CREATE TRIGGER t BEFORE INSERT ON eventstore.event EXECUTE FUNCTION pg_catalog.version()",
    "SELECT setval('eventstore.event_position_seq', 1)",
    "SELECT nextval('eventstore.event_position_seq')",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "DO $$ BEGIN LOCK TABLE eventstore.event IN ACCESS EXCLUSIVE MODE; END $$",
]
NO_PRIVILEGE = (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidGrantOperationError)


async def test_the_application_can_append_and_read_and_nothing_else(
    store: PostgresEventStore, app: Any, admin: Any
) -> None:
    await store.append([fact("order-1-1", "a")])
    before = await admin.fetch("SELECT * FROM eventstore.event")
    allowed = []
    for statement in REFUSED_TO_THE_APPLICATION:
        try:
            await app.execute(statement)
        except NO_PRIVILEGE:
            continue
        allowed.append(statement)
    assert allowed == []
    assert await admin.fetch("SELECT * FROM eventstore.event") == before


async def test_the_application_cannot_grant_itself_what_it_lacks(app: Any) -> None:
    await app.execute("GRANT INSERT, UPDATE, DELETE ON eventstore.event TO CURRENT_USER")
    for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
        assert not await app.fetchval(f"SELECT has_table_privilege('eventstore.event', '{right}')")


async def test_a_right_that_was_granted_by_mistake_is_noticed_by_that_check(
    app: Any, admin: Any
) -> None:
    await admin.execute("GRANT INSERT ON eventstore.event TO ordersync_app")
    await app.execute(INSERT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eventstore.event SET name = 'x'",
        "UPDATE eventstore.event SET name = 'x' WHERE false",
        "DELETE FROM eventstore.event",
        "TRUNCATE eventstore.event",
        "TRUNCATE eventstore.event CASCADE",
    ],
)
async def test_even_the_owner_cannot_change_an_event(
    store: PostgresEventStore, admin: Any, statement: str
) -> None:
    await store.append([fact("order-1-1", "a")])
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await admin.execute(statement)
    assert len(await store.read("order-1-1")) == 1


async def test_what_the_caller_puts_before_pg_catalog_does_not_run_as_the_owner(
    app: Any, admin: Any
) -> None:
    await admin.execute("CREATE SCHEMA trap; GRANT CREATE, USAGE ON SCHEMA trap TO ordersync_app")
    await app.execute(
        "CREATE FUNCTION trap.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS "
        "$$ BEGIN DELETE FROM eventstore.identity; END $$"
    )
    await app.execute("SET search_path = trap, pg_catalog")
    await app.fetch(rows.APPEND, *next(rows.append_batches([fact("order-1-1", "a")])))
    assert await admin.fetchval("SELECT count(*) FROM eventstore.identity") == 1
