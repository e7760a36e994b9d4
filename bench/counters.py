"""What a change may not make worse: statements, round trips, log bytes and messages, counted.

They do not depend on how fast the machine is, so CI compares them with ``baseline.json``.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg

from bench import orders, ours
from bench.counting import Counted, WalMeter, counting_proxy
from bench.mapping_service import opened_mapper, switched
from bench.writing import opened_writer
from devstack.databases import Database
from eventstore import postgres
from eventstore.journal import Cause
from eventstore.wakeups import Wakeup
from runtime.migrations import migrate

BASELINE: Final = Path(__file__).parent / "baseline.json"
TOLERANCE: Final = {"wal": 0.10, "writer": 2.0}
"""Bytes vary with how pages happen to split. A worker's batches vary with what happens to end
together, on a busy machine by more than half; one statement of its own for every order is above
what is tolerated whatever happens. Everything else is exact."""
_BATCH: Final = 500
_JOBS: Final = 320


async def of_store(of: Database) -> dict[str, float]:
    """What appending and reading cost."""
    await migrate(of.admin_dsn, [postgres.MIGRATIONS])
    admin = await asyncpg.connect(of.admin_dsn)
    async with counting_proxy(of.app_dsn) as (dsn, counted), postgres.connect(dsn) as store:
        commands = [orders.append_order(n) for n in range(4_000)]
        await ours.append_all(store, commands[:1_000])
        wal = await _wal(admin, lambda: ours.append_all(store, commands[1_000:3_000]))
        hundred = await _counts(counted, lambda: store.append(commands[3_000:3_100]))
        await store.read_after(0, 1)  # opens its connection, prepares its statement
        many = await _counts(counted, lambda: ours.append_each(store, commands[3_100:3_132]))
        read = await _counts(counted, lambda: store.read_after(0, 1_000))
    await admin.close()
    return {
        "append100_sql_statements": hundred.statements,
        "append100_round_trips": hundred.round_trips,
        "append32_callers_sql_statements": many.statements,
        "append_wal_bytes_per_event": round(wal / 2_000),
        "read1000_sql_statements": read.statements,
        "read1000_round_trips": read.round_trips,
    }


async def of_hop(of: Database) -> dict[str, float]:
    """What one batch of 500 new orders costs the mapper, Kafka apart."""
    async with (
        counting_proxy(of.app_dsn) as (dsn, counted),
        opened_mapper(of, dsn) as (store, service),
    ):
        await ours.append_orders(store, 2 * _BATCH)
        await service.on_records(wakeups(0))
        before = await store.head()
        made = await _counts(counted, lambda: service.on_records(wakeups(_BATCH)))
        messages = await store.head() - before
    return {
        "hop500_sql_statements": made.statements,
        "hop500_round_trips": made.round_trips,
        "hop_messages_per_order": messages / _BATCH,
    }


async def of_writer(of: Database) -> dict[str, float]:
    """What creating an order costs the shopify-writer, Kafka and Shopify apart.

    The least of three rounds: what every order costs is in each, what happened beside it is not.
    """
    async with counting_proxy(of.app_dsn) as (dsn, counted), opened_writer(of, dsn) as writing:
        await writing.create(range(_JOBS))
        rounds = [
            await _counts(counted, partial(writing.create, range(first, first + _JOBS)))
            for first in (_JOBS, 2 * _JOBS, 3 * _JOBS)
        ]
    return {
        "writer_sql_statements_per_order": round(
            min(counted.statements for counted in rounds) / _JOBS, 2
        ),
        "writer_round_trips_per_order": round(
            min(counted.round_trips for counted in rounds) / _JOBS, 2
        ),
    }


async def of_release(of: Database) -> dict[str, float]:
    """What one full page of waiting orders costs the mapper when automatic sync takes them."""
    async with (
        counting_proxy(of.app_dsn) as (dsn, counted),
        opened_mapper(of, dsn) as (store, service),
    ):
        await service.on_records([await switched(store, 1, on=False)])
        await ours.append_orders(store, 2 * _BATCH)
        for first in (0, _BATCH):
            await service.on_records(wakeups(first))
        await service.on_records([await switched(store, 2, on=True)])
        await service.rounds["release"]()  # prepares its statements
        before = await store.head()
        made = await _counts(counted, service.rounds["release"])
        messages = await store.head() - before
    return {
        "release500_sql_statements": made.statements,
        "release500_round_trips": made.round_trips,
        "release_messages_per_order": messages / _BATCH,
    }


def worse(counted: Mapping[str, float], baseline: Mapping[str, float]) -> tuple[str, ...]:
    """The counters that grew, or that one of both does not know, each in a sentence."""
    missing = [f"{name} is only in one of both" for name in counted.keys() ^ baseline.keys()]
    grown = [
        f"{name} is {counted[name]:g}, the baseline {baseline[name]:g}"
        for name in counted.keys() & baseline.keys()
        if counted[name] > baseline[name] * (1 + _tolerance(name))
    ]
    return tuple(sorted([*missing, *grown]))


def baseline() -> dict[str, float]:
    """The counters as they were accepted last."""
    accepted: dict[str, float] = json.loads(BASELINE.read_text())
    return accepted


def _tolerance(name: str) -> float:
    return next((share for word, share in TOLERANCE.items() if word in name), 0.0)


def wakeups(first: int) -> Sequence[Wakeup]:
    """The records of one batch of new orders."""
    commands = [orders.append_order(n) for n in range(first, first + _BATCH)]
    return [
        Wakeup(Cause(command.stream, str(command.events[0].id)), command.events[0].event, 1)
        for command in commands
    ]


async def _counts(counted: Counted, do: Callable[[], Awaitable[object]]) -> Counted:
    before = Counted(counted.statements, counted.round_trips)
    await do()
    return Counted(counted.statements - before.statements, counted.round_trips - before.round_trips)


async def _wal(
    admin: "asyncpg.Connection[asyncpg.Record]", do: Callable[[], Awaitable[object]]
) -> int:
    meter = WalMeter(admin)
    before = await meter.position()
    await do()
    return await meter.position() - before
