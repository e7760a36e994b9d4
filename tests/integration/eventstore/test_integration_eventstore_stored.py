"""What is stored, and that it is found by an index."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.eventstore.tests.suite_eventstore import fact
from tests.integration.database_access import FILL, until

from eventstore import rows, statements
from eventstore.postgres import PostgresEventStore
from eventstore.store import ANY_VERSION, Append, Repeated
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


async def test_a_payload_larger_than_a_page_is_stored_compressed_and_read_back(
    store: PostgresEventStore, admin: Any
) -> None:
    noise = random.Random(1)
    words = ["".join(noise.choices("日本語文字列圧縮試験用", k=9)) for _ in range(3_000)]
    detail = " ".join(noise.choices(words, k=6_000))
    event = events.OrderIneligible(
        shop_id="7495", order_id="1", snapshot_version=1, reason_code="unpaid", detail=detail
    )
    command = Append("order-1-1", 0, (NewEvent(UUID(int=7), event, NOW, Trace("mapper")),))
    await store.append([command])
    size = await admin.fetchval("SELECT octet_length(payload) FROM eventstore.event")
    assert 8_192 < size < len(command.events[0].data) / 2
    (recorded,) = await store.read("order-1-1")
    assert recorded.event == event
    found = await store.append([Append("order-1-1", ANY_VERSION, command.events)])
    assert found == (Repeated(1, 1),)


async def test_the_store_knows_its_shard_and_epoch(store: PostgresEventStore, admin: Any) -> None:
    assert await store.identity() == ("0", 0)
    await admin.execute("UPDATE eventstore.identity SET shard = '7', epoch = epoch + 1")
    assert await store.identity() == ("7", 1)


class Explaining:
    """A pool that asks for the plan of each query, once knowing the values and once not."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.plans: list[str] = []

    async def fetch(self, query: str, *arguments: object) -> Sequence[Any]:
        known = await self.connection.fetch(f"EXPLAIN {query}", *arguments)
        await self.connection.execute("SET plan_cache_mode = force_generic_plan")
        await self.connection.execute(f"PREPARE asked AS {query}")
        values = ", ".join(_literal(argument) for argument in arguments)
        asked = f"EXECUTE asked({values})" if arguments else "EXECUTE asked"
        unknown = await self.connection.fetch(f"EXPLAIN {asked}")
        await self.connection.execute("DEALLOCATE asked; RESET plan_cache_mode")
        self.plans = ["\n".join(row[0] for row in plan) for plan in (known, unknown)]
        return []

    async def fetchval(self, query: str, *arguments: object) -> None:
        await self.fetch(query, *arguments)


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case int():
            return str(value)
        case list():
            return "'{" + ",".join(str(entry) for entry in value) + "}'"
        case _:
            return f"'{value}'"


async def test_every_query_finds_its_events_by_an_index(app: Any, admin: Any) -> None:
    await admin.execute(FILL)
    await admin.execute("ANALYZE eventstore.event")
    pool = Explaining(app)
    store = PostgresEventStore(pool)
    orders = [f"order-7495-{n}" for n in range(100, 600)]
    for question, index in [
        (store.read("order-7495-7"), "event_stream_id_version_key"),
        (store.read_many(orders), "event_stream_id_version_key"),
        (store.read_after(40_000, 500), "event_pkey"),
        (store.read_named(["OrderBlocked", "OrderFetched"], NOW, 40_000, 500), "event_name"),
        (store.read_category("shop", 40_000, 500), "event_category"),
        (store.read_from(dict.fromkeys(orders, 3)), "event_stream_id_version_key"),
        (store.streams("shop"), "event_stream_id_version_key"),
        (store.streams("order", "order-7495-2", 500), "event_stream_id_version_key"),
        (store.head(), "event_pkey"),
    ]:
        await question
        for plan in pool.plans:
            assert index in plan, plan
            assert "Seq Scan" not in plan, plan


async def test_a_rare_name_costs_no_more_blocks_however_many_events_have_others(
    app: Any, admin: Any
) -> None:
    """Planted by hand: ``name = ANY(…)`` filtered by position reads every block (1,400)."""
    await admin.execute(FILL)
    await admin.execute("ANALYZE eventstore.event")
    for since in (NOW, datetime(2020, 1, 1, tzinfo=UTC)):
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statements.READ_NAMED}"
        found = await app.fetchval(asked, 0, ["StoreReconciled"], since, 500)
        assert json.loads(found)[0]["Plan"]["Shared Hit Blocks"] < 150


async def test_the_newest_events_of_a_name_cost_no_more_blocks_however_many_are_older(
    store: PostgresEventStore, app: Any, admin: Any
) -> None:
    """Seeing the time, the planner would expect none of so late, and read and sort all older."""
    await admin.execute(FILL)
    await admin.execute(
        "ALTER TABLE eventstore.event DISABLE TRIGGER ALL; "
        "UPDATE eventstore.event SET recorded_at = recorded_at - interval '31 days', "
        "name = (ARRAY['OrderFetched', 'OrderEligible', 'OrderBlocked'])[position % 3 + 1]"
    )
    await admin.execute("VACUUM FULL eventstore.event")
    await admin.execute("ANALYZE eventstore.event")
    await store.append([fact(f"order-new-{n}", f"new {n}") for n in range(33)])
    an_hour_ago = await admin.fetchval("SELECT now() - interval '1 hour'")
    for mode in ("force_custom_plan", "force_generic_plan"):
        await app.execute(f"SET plan_cache_mode = {mode}")
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statements.READ_NAMED}"
        found = await app.fetchval(asked, 0, ["OrderEligible"], an_hour_ago, 50)
        assert json.loads(found)[0]["Plan"]["Actual Rows"] == 33
        assert "Bitmap" not in found
        assert "Seq Scan" not in found


async def test_a_search_by_time_finds_what_a_clock_that_was_set_back_recorded(
    store: PostgresEventStore, admin: Any
) -> None:
    await admin.execute(FILL)
    await admin.execute(
        "ALTER TABLE eventstore.event DISABLE TRIGGER ALL; UPDATE eventstore.event SET recorded_at "
        "= '2026-01-05T12:00Z'::timestamptz + position * interval '1 second' "
        "- CASE WHEN position >= 30000 THEN interval '50 minutes' ELSE '0' END"
    )
    since = NOW + timedelta(seconds=29_000)
    expected = await admin.fetch(
        "SELECT position FROM eventstore.event WHERE recorded_at >= $1 ORDER BY position", since
    )
    found, position = [], 0
    while page := await store.read_named(["OrderEligible"], since, position, 9_000):
        found += [recorded.position for recorded in page]
        position = found[-1]
    assert found == [row[0] for row in expected]


async def test_appending_reads_no_table_from_end_to_end(app: Any, admin: Any) -> None:
    await admin.execute(FILL)
    await admin.execute("ANALYZE eventstore.event")
    scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'event'"
    before = await admin.fetchval(scans)
    for n in range(10):
        page = [fact(f"order-7495-{n + m}", f"{n} {m}") for m in range(0, 9000, 100)]
        await app.fetch(rows.APPEND, *next(rows.append_batches(page)))
    await app.fetchval("SELECT pg_stat_force_next_flush()")
    counted = "SELECT idx_scan >= 900 FROM pg_stat_user_tables WHERE relname = 'event'"
    await until(admin, counted)
    assert await admin.fetchval(scans) == before
