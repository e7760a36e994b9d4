"""No statement reads a table that grows from end to end, or sorts what has no bound.

Every statement that the code sends (``tests/system/statements.py``) is planned without knowing its
values, as a prepared one is after a while, at tables of 30,000 rows. What functions of the database
ask is counted elsewhere (``test_appending_reads_no_table_from_end_to_end`` and the jobs' claims).
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

import pytest
from tests.integration.database_access import connected
from tests.integration.filled_tables import FILLED, SMALL, fill
from tests.integration.statement_witnesses import WITNESSES, texts_of
from tests.system.statements import sites

from console.migrate.actions import migration_sets
from devstack.databases import Database

MIGRATED = list(migration_sets())
SORTED_AT_MOST: Final = 5_000
READS_ALL: Final[Mapping[str, str]] = {
    "eventstore.tables.PostgresMarks.waiting": "counts what a group could not act on, for a metric",
    "fetcher.tables.PostgresOrderIndex.all_set_aside": "what could not be recorded, listed whole",
    "mapper.tables.catalogues.Catalogues._write": "after all of a store's products were read",
    "vault.tables.erase_shop": "erases all that is held for a shop",
    "console.tables.postgres.PostgresRows.skus": "the page lists every SKU, with what waits for it",
    "console.tables.postgres.PostgresRows.clear": "a rebuild empties the tables",
}
"""Functions that ask for all there is, and why."""
Plan = Mapping[str, Any]


async def statements() -> list[tuple[str, str]]:
    """Each function and text, once."""
    found = [(site.function, site.text) for site in sites() if site.text is not None]
    for function in WITNESSES:
        found += [(function, text) for text in await texts_of(function)]
    return sorted(set(found))


@pytest.fixture
async def filled(migrated: Database) -> AsyncIterator[Any]:
    async with connected(migrated.admin_dsn) as admin:
        await fill(admin)
        yield admin


async def test_every_statement_is_served_by_an_index(filled: Any) -> None:
    asked = [(function, text) for function, text in await statements() if _has_a_plan(text)]
    assert len({function for function, _ in asked}) > 80
    wrong = [
        f"{function}: {why}"
        for function, text in asked
        if function not in READS_ALL
        for why in complaints(await plan_of(filled, text))
    ]
    assert not wrong, "\n".join(wrong)


async def test_every_table_that_grows_is_filled(migrated: Database) -> None:
    """Red: fill the new table in ``filled_tables``, or say there why it stays small."""
    async with connected(migrated.admin_dsn) as admin:
        found = await admin.fetch(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN "
            "('pg_catalog', 'information_schema', 'migrations')"
        )
    assert {row[0] for row in found} - FILLED.keys() - SMALL.keys() == set()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT * FROM eventstore.event WHERE causation_id = $1", "Seq Scan on eventstore.event"),
        ("SELECT * FROM effects.job WHERE lane = $1 ORDER BY reason", "Seq Scan on effects.job"),
        (
            "SELECT * FROM eventstore.event WHERE position > $1 ORDER BY occurred_at LIMIT 5",
            "Sort of 10000 rows",
        ),
    ],
)
async def test_a_statement_that_no_index_serves_would_be_noticed(
    text: str, why: str, filled: Any
) -> None:
    assert why in complaints(await plan_of(filled, text))


async def plan_of(connection: Any, text: str) -> Plan:
    numbers = [int(n) for n in re.findall(r"\$(\d+)", text)]
    limits = {int(n) for n in re.findall(r"LIMIT \$(\d+)", text)}
    text = re.sub(r"LIMIT \$\d+", "LIMIT 100", text)  # unknown it would be a tenth of the table
    types = ["bigint" if n in limits else "unknown" for n in range(1, max(numbers, default=0) + 1)]
    await connection.execute(
        f"SET plan_cache_mode = force_generic_plan; PREPARE asked{_listed(types)} AS {text}"
    )
    asked = f"EXECUTE asked{_listed(['NULL'] * len(types))}"
    found = await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) {asked}")
    await connection.execute("DEALLOCATE asked")
    plan: Plan = json.loads(found)[0]["Plan"]
    return plan


def _listed(values: list[str]) -> str:
    return f"({', '.join(values)})" if values else ""


def complaints(plan: Plan) -> list[str]:
    return [why for node in _nodes(plan) if (why := _complaint(node))]


def _complaint(node: Plan) -> str | None:
    table = f"{node.get('Schema')}.{node.get('Relation Name')}"
    if node["Node Type"] == "Seq Scan" and table in FILLED:
        return f"Seq Scan on {table}"
    if node["Node Type"] == "Sort" and node["Plan Rows"] > SORTED_AT_MOST:
        return f"Sort of {node['Plan Rows']} rows"
    return None


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _has_a_plan(text: str) -> bool:
    return text.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"))
