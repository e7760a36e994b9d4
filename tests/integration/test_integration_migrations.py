"""Migrations against real PostgreSQL: once each, whatever interrupts or accompanies a run."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from tests.integration import database_access
from tests.integration.database_access import ask, connected

from devstack.databases import Database
from runtime.migrations import LOCK, MigrationChanged, MigrationFailed, MigrationSet, migrate

GATE = 4242  # an advisory lock that a migration file waits for, so that we can kill it there
RUN = """
import asyncio, sys
from pathlib import Path
from runtime.migrations import MigrationSet, migrate
asyncio.run(migrate(sys.argv[1], [MigrationSet("stock", Path(sys.argv[2]))]))
"""


Stock = Callable[..., MigrationSet]


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    def write(*texts: str) -> MigrationSet:
        for number, text in enumerate(texts, start=1):
            (tmp_path / f"{number:04d}_step.sql").write_text(text)
        return MigrationSet("stock", tmp_path)

    return write


async def until(dsn: str, question: str) -> None:
    """Waits until the database answers ``question`` with true."""
    async with connected(dsn) as connection:
        await database_access.until(connection, question)


async def test_a_second_run_applies_nothing(database: Database, stock: Stock) -> None:
    files = stock("CREATE TABLE item (id int)", "ALTER TABLE item ADD name text")
    assert [each.number for each in await migrate(database.admin_dsn, [files])] == [1, 2]
    assert await migrate(database.admin_dsn, [files]) == ()


async def test_several_owners_share_one_run_in_the_given_order(
    database: Database, tmp_path: Path
) -> None:
    sets = []
    for owner in ("b", "a"):
        (tmp_path / owner).mkdir()
        (tmp_path / owner / "0001_first.sql").write_text(f"CREATE TABLE {owner} (id int)")
        sets.append(MigrationSet(owner, tmp_path / owner))
    assert [each.owner for each in await migrate(database.admin_dsn, sets)] == ["b", "a"]


async def test_four_runs_at_once_apply_each_file_once(database: Database, stock: Stock) -> None:
    files = stock(*(f"CREATE TABLE item_{n} (id int)" for n in range(5)))
    runs = await asyncio.gather(*(migrate(database.admin_dsn, [files]) for _ in range(4)))
    assert sorted(each.number for run in runs for each in run) == [1, 2, 3, 4, 5]


async def test_a_file_changed_after_it_was_applied_is_refused_by_name(
    database: Database, stock: Stock
) -> None:
    await migrate(database.admin_dsn, [stock("CREATE TABLE item (id int)")])
    changed = stock("CREATE TABLE item (id bigint)")
    with pytest.raises(MigrationChanged, match=r"stock/0001_step\.sql was changed"):
        await migrate(database.admin_dsn, [changed])


async def test_a_refused_file_leaves_nothing_of_itself_and_all_before_it(
    database: Database, stock: Stock
) -> None:
    files = stock("CREATE TABLE item (id int)", "CREATE TABLE extra (id int); SELECT nonsense")
    with pytest.raises(MigrationFailed, match=r"stock/0002_step\.sql: .*nonsense"):
        await migrate(database.admin_dsn, [files])
    assert await ask(database.admin_dsn, "SELECT to_regclass('extra') IS NULL")
    assert await ask(database.admin_dsn, "SELECT count(*) FROM migrations.applied") == 1


async def test_a_run_killed_half_way_is_finished_by_the_next(
    database: Database, stock: Stock
) -> None:
    files = stock(
        "CREATE TABLE item (id int)",
        f"CREATE TABLE extra (id int); SELECT pg_advisory_xact_lock({GATE})",
        "CREATE TABLE last (id int)",
    )
    gate = await asyncpg.connect(database.admin_dsn)
    await gate.execute(f"SELECT pg_advisory_lock({GATE})")
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, database.admin_dsn, str(files.folder)
    )
    waiting = f"SELECT count(*) > 0 FROM pg_locks WHERE objid = {GATE} AND NOT granted"
    await until(database.admin_dsn, waiting)
    run.send_signal(signal.SIGKILL)
    await run.wait()
    free = f"SELECT count(*) = 0 FROM pg_locks WHERE objid = {LOCK & 0xFFFF_FFFF}"
    await until(database.admin_dsn, free)
    assert await ask(database.admin_dsn, "SELECT to_regclass('extra') IS NULL")
    await gate.close()
    assert [each.number for each in await migrate(database.admin_dsn, [files])] == [2, 3]


async def test_a_database_ahead_of_its_files_has_nothing_to_apply(
    database: Database, stock: Stock, tmp_path: Path
) -> None:
    await migrate(database.admin_dsn, [stock("SELECT 1", "SELECT 2")])
    (tmp_path / "0002_step.sql").unlink()
    older = MigrationSet("stock", tmp_path)
    assert await migrate(database.admin_dsn, [older]) == ()


async def test_the_application_role_cannot_log_in_and_owns_nothing(
    database: Database, stock: Stock
) -> None:
    await migrate(database.admin_dsn, [stock("SELECT 1")])
    role = "SELECT NOT rolcanlogin AND NOT rolsuper FROM pg_roles WHERE rolname = 'ordersync_app'"
    assert await ask(database.admin_dsn, role)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(database.app_dsn, "DELETE FROM migrations.applied")
