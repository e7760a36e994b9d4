"""A database whose answers get lost: a statement is committed, and whoever made it hears nothing.

A ``Story`` is what a service does with one store, step by step; ``tell`` lets the answer to the
``unheard``-th statement be lost, after which the service does what it really does next.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.integration.database_access import Pool

NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
SHOP, STORE, OTHER = "7495", "a.myshopify.com", "b.myshopify.com"
_ASKED = ("execute", "fetch", "fetchrow", "fetchval")


class Unheard:
    """A pool that loses the answer to one of its statements, or to one transaction's commit."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.statements = 0
        self.loses: int | None = None
        self.may_lose = False

    def __getattr__(self, name: str) -> Any:
        if name not in _ASKED:
            return getattr(self._pool, name)
        ask = getattr(self._pool, name)

        async def asked(*given: object) -> Any:
            answer = await ask(*given)
            self._answered()
            return answer

        return asked

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection:
            yield connection
        self._answered()

    def _answered(self) -> None:
        if not self.may_lose:
            return
        self.statements += 1
        if self.statements - 1 == self.loses:
            raise ConnectionResetError("the answer is lost")


@dataclass
class Story:
    """What is done with the store that ``make`` puts on the pool; ``now`` is kept by the test."""

    pool: Unheard
    make: Callable[[Any], Any]
    store: Any = field(init=False)
    called: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store = _Noted(self.make(self.pool), self.called)

    async def do(
        self, step: Callable[[], Awaitable[Any]], then: Callable[[], Awaitable[Any]] | None = None
    ) -> Any:
        """Do it; where its answer is lost, what the service does ``then``: the same, or this."""
        before, self.pool.may_lose = self.pool.may_lose, True
        try:
            return await step()
        except ConnectionResetError:
            return await (then or step)()
        finally:
            self.pool.may_lose = before

    async def sql(self, statement: str) -> None:
        """Something that happens to the tables by itself, mostly that time passes."""
        await self.pool._pool.execute(statement)


class _Noted:
    """The store, or a part of it; notes the names of what is called."""

    def __init__(self, store: Any, called: set[str]) -> None:
        self._store, self._called = store, called

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if inspect.iscoroutinefunction(found):
            self._called.add(f"{type(self._store).__name__}.{name}")
            return found
        return _Noted(found, self._called) if hasattr(found, "__dict__") else found


def promises(*stores: type) -> set[str]:
    """Everything that can be asked of them."""
    return {
        f"{store.__name__}.{name}"
        for store in stores
        for name, _ in inspect.getmembers(store, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }


async def tables_of(pool: Pool) -> list[str]:
    """The application's tables, but those that only say what was migrated."""
    rows = await pool.fetch(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname NOT IN "
        "('pg_catalog', 'information_schema', 'public', 'saved') "
        "AND tablename NOT LIKE '%migration%' ORDER BY 1"
    )
    return [row["name"] for row in rows]


async def contents(pool: Pool, counted: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What the tables hold; of a time only whether there is one, of what is ``counted`` nothing."""
    found = {}
    for table in await tables_of(pool):
        rows = await pool.fetch(f"SELECT * FROM {table}")
        told = [_told(dict(row), counted) for row in rows]
        if told:
            found[table] = sorted(told, key=str)
    return found


def _told(row: dict[str, Any], counted: Sequence[str]) -> dict[str, Any]:
    return {
        name: "some time" if hasattr(value, "tzinfo") else value
        for name, value in row.items()
        if name not in counted
    }
