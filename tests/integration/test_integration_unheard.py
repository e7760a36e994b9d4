"""A statement that was committed and whose answer was lost: what follows makes it no different.

For every store that services keep in PostgreSQL, for every statement of what they do with it: it is
carried out, its answer is lost, the service goes on as it does, and the tables end as if nothing
had been lost. ``COUNTED``: columns that only count or fence, which may differ.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import asyncpg
import pytest
from tests.integration.unheard import mapping, polling, showing, writing
from tests.integration.unheard.story import NOW, Story, Unheard, contents, promises, tables_of

from console.migrate.actions import migration_sets
from console.tables.authorizations import PostgresAuthorizations
from console.tables.bulk_runs import PostgresBulkRuns
from console.tables.postgres import PostgresRows
from devstack.databases import Database
from eventstore.tables import PostgresMarks
from fetcher.tables import PostgresCheckpoints as Polls
from fetcher.tables import PostgresOrderIndex
from inbox.postgres import PostgresInbox
from jobs.postgres import PostgresJobs
from mapper.tables.catalogues import Catalogues
from mapper.tables.sku_checks import SkuChecks
from mapper.tables.waiting import Releases, Tables
from relay.tables import PostgresCheckpoint
from shopify_writer.tables import PostgresCheckpoints as ReadBackMarks
from shopify_writer.tables import PostgresKeptOrders, PostgresTurns
from shopify_writer.webhooks.inbox import LAYOUT

MIGRATED = list(migration_sets())
COUNTED: Final = ("attempt", "attempts", "round", "seq", "epoch", "failures", "seen_at")
Tell = Callable[[Story], Awaitable[None]]

STORIES: Final[dict[str, tuple[Callable[[Any], Any], Tell, tuple[type, ...]]]] = {
    "polls": (Polls, polling.checkpoints_of_polls, (Polls,)),
    "order index": (PostgresOrderIndex, polling.order_index, (PostgresOrderIndex,)),
    "jobs": (lambda pool: PostgresJobs(pool, lambda: NOW), writing.jobs, (PostgresJobs,)),
    "relay": (PostgresCheckpoint, polling.relay, (PostgresCheckpoint,)),
    "kept orders": (PostgresKeptOrders, writing.kept_orders, (PostgresKeptOrders,)),
    "read back": (ReadBackMarks, writing.read_back, (ReadBackMarks,)),
    "turns": (PostgresTurns, writing.turns, (PostgresTurns,)),
    "waiting": (Tables, mapping.waiting, (Tables,)),
    "releases": (Releases, mapping.releases, (Releases,)),
    "catalogues": (
        lambda pool: Catalogues(pool, Releases(pool)),
        mapping.catalogues,
        (Catalogues,),
    ),
    "sku checks": (lambda pool: SkuChecks(pool, Releases(pool)), mapping.sku_checks, (SkuChecks,)),
    "bulk runs": (PostgresBulkRuns, showing.bulk_runs, (PostgresBulkRuns,)),
    "rows": (PostgresRows, showing.rows, (PostgresRows,)),
    "authorizations": (PostgresAuthorizations, showing.authorizations, (PostgresAuthorizations,)),
    "marks": (PostgresMarks, polling.marks, (PostgresMarks,)),
    "inbox": (lambda pool: PostgresInbox(pool, LAYOUT), writing.inbox, (PostgresInbox,)),
}
"""By what is kept: how it is put on a pool, its story, and whose promises that tells."""
READS: Final = {
    "PostgresOrderIndex": ("all_set_aside", "count"),
    "PostgresJobs": ("known", "owned", "states"),
    "PostgresCheckpoint": ("position", "aside", "count_aside"),
    "PostgresKeptOrders": ("find", "page"),
    "Tables": ("is_filled", "waiting"),
    "Catalogues": ("by_sku",),
    "SkuChecks": ("to_check",),
    "PostgresBulkRuns": ("shown",),
    "PostgresRows": ("position", "unshown", "orders", "count", "tally", "skus", "fetched"),
    "PostgresMarks": ("unheard", "due", "waiting"),
    "PostgresInbox": ("waiting", "requests"),
}


@pytest.fixture
async def pool(migrated: Database) -> AsyncIterator[Any]:
    """As an administrator, who may empty every table."""
    async with asyncpg.create_pool(migrated.admin_dsn, min_size=1, max_size=4) as pool:
        await pool.execute("CREATE SCHEMA IF NOT EXISTS saved")
        for table in await tables_of(pool):
            await pool.execute(
                f'CREATE TABLE IF NOT EXISTS saved."{table}" AS SELECT * FROM {table}'
            )
        yield pool


async def told(pool: Any, kept: str, loses: int | None) -> tuple[Any, Story]:
    """The story from the beginning; what the tables hold in the end."""
    tables = await tables_of(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            await connection.execute(f"DELETE FROM {table}")
            await connection.execute(
                f'INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM saved."{table}"'
            )
    make, tell, _ = STORIES[kept]
    story = Story(Unheard(pool), make)
    story.pool.loses = loses
    await tell(story)
    return await contents(pool, COUNTED), story


@pytest.mark.parametrize("kept", STORIES)
async def test_whichever_answer_is_lost_the_tables_end_as_if_none_had_been(
    pool: Any, kept: str
) -> None:
    expected, undisturbed = await told(pool, kept, None)
    reads = {f"{store}.{name}" for store, names in READS.items() for name in names}
    assert undisturbed.called - reads == promises(*STORIES[kept][2]) - reads
    for number in range(undisturbed.pool.statements):
        found, _ = await told(pool, kept, number)
        assert found == expected, f"the answer to statement {number} was lost"
