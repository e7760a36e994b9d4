"""Opens what commands work on, each part only for the commands that need it.

Commands find their opener in typer's context: the real one unless a test put another there.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import typer

from commandline.output import print_note
from commandline.running import run
from connections.shop_book import ShopBook
from console import projection, tables
from console.backend import Backend
from eventstore.postgres import connect as connect_events
from runtime.clock import Clocks, monotonic, utc_now
from runtime.randomness import system_id
from runtime.settings import Settings, load

T = TypeVar("T")


class Opener:
    """By the settings of the environment or of ``.devstack/env``."""

    def __init__(self) -> None:
        self.clocks = Clocks(utc_now, monotonic)

    @asynccontextmanager
    async def backend(self) -> AsyncIterator[Backend]:
        """Events and rows, on behalf of the person at the keyboard."""
        dsn = load(Settings).database_url.get_secret_value()
        async with (
            connect_events(dsn, max_connections=2) as store,
            tables.connect(dsn, max_connections=2) as rows,
        ):
            yield Backend(store, rows, ShopBook(store), self.clocks, who(), system_id)


def on_backend(context: typer.Context, work: Callable[[Backend], Awaitable[T]]) -> T:
    """Run ``work`` on events and rows."""

    async def act() -> T:
        opener = cast("Opener", context.obj) if context.obj is not None else Opener()
        async with opener.backend() as backend:
            return await work(backend)

    return run(act)


async def catch_up_a_while(backend: Backend) -> None:
    """Bring the rows up to date as far as 40 pages of events do; say what is left."""
    behind = await projection.catch_up(backend.store, backend.rows, pages=40)
    if behind > 0:
        print_note(f"the list is {behind} events behind; the console service is catching up")


def who() -> str:
    """The person at the keyboard, as this machine knows them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "unknown (command line)"
