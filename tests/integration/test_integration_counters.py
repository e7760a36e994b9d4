"""What appending and one hop cost in statements, round trips, log bytes and messages: a gate."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import pytest
from bench import counters

from devstack.databases import Database
from eventstore.journal import Cause
from eventstore.postgres import PostgresEventStore
from eventstore.store import Append, AppendResult
from mapper.decisions import Mapper
from runtime.batcher import Batcher

Count = Callable[[Database], Awaitable[dict[str, float]]]


def grown(counted: dict[str, float]) -> tuple[str, ...]:
    """What of it is worse than the baseline."""
    return counters.worse(counted, {name: counters.baseline()[name] for name in counted})


@pytest.mark.parametrize(
    "count",
    [counters.of_store, counters.of_hop, counters.of_release, counters.of_writer],
    ids=["the_store", "a_hop", "a_page_of_waiting_orders", "creating_an_order_in_the_writer"],
)
async def test_it_costs_no_more_than_the_baseline(count: Count, database: Database) -> None:
    assert grown(await count(database)) == ()


async def test_a_writer_whose_orders_ask_one_by_one_turns_the_gate_red(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: every order reads, announces and finishes by itself."""

    async def alone(gathered: Any, item: object) -> object:
        (answer,) = await gathered._ask([item])
        return answer

    monkeypatch.setattr(Batcher, "add", alone)
    counted = await counters.of_writer(database)
    assert len(grown(counted)) == len(counted)


async def test_a_read_per_waiting_order_turns_the_gate_red(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a mapper that wakes the orders of a page one by one."""
    whole = Mapper.wake

    async def one_by_one(mapper: Mapper, causes: Iterable[Cause], *, in_bulk: bool = False) -> int:
        return sum([await whole(mapper, [cause], in_bulk=in_bulk) for cause in causes])

    monkeypatch.setattr(Mapper, "wake", one_by_one)
    counted = await counters.of_release(database)
    assert counted["release500_sql_statements"] > 500
    assert grown(counted)


async def test_a_statement_per_event_turns_the_gate_red(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a store that appends its commands one by one."""
    whole = PostgresEventStore.append

    async def one_by_one(
        store: PostgresEventStore, commands: Sequence[Append]
    ) -> tuple[AppendResult, ...]:
        return tuple([(await whole(store, [command]))[0] for command in commands])

    monkeypatch.setattr(PostgresEventStore, "append", one_by_one)
    said = grown(await counters.of_store(database))
    assert "append100_sql_statements is 100, the baseline 1" in said


@pytest.mark.parametrize(
    ("counted", "accepted", "said"),
    [
        ({"statements": 11.0}, {"statements": 10.0}, "statements is 11, the baseline 10"),
        ({"wal_bytes": 1_150.0}, {"wal_bytes": 1_000.0}, "wal_bytes is 1150, the baseline 1000"),
        ({"new": 1.0}, {}, "new is only in one of both"),
    ],
)
def test_what_grew_is_said(
    counted: dict[str, float], accepted: dict[str, float], said: str
) -> None:
    assert counters.worse(counted, accepted) == (said,)


def test_what_shrank_or_varies_a_little_passes() -> None:
    assert counters.worse({"wal_bytes": 1_050.0, "n": 9.0}, {"wal_bytes": 1_000.0, "n": 10.0}) == ()
