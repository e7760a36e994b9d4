"""What commands work on. Each part is opened only by the commands that need it.

Commands find their workplace in typer's context: the real one unless a test put another there.
"""

import getpass
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from console import tables
from console.desk import Desk, new_id
from eventstore.postgres import connect as connect_events
from runtime.clock import utc_now
from runtime.settings import Settings, load


class Workplace(Protocol):
    """Opens what most commands need."""

    def desk(self) -> AbstractAsyncContextManager[Desk]:
        """Events and rows."""
        ...


class OnSettings:
    """The real workplace, by the settings of the environment or of ``.devstack/env``."""

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """See ``Workplace.desk``."""
        dsn = load(Settings).database_url.get_secret_value()
        async with (
            connect_events(dsn, max_connections=2) as store,
            tables.connect(dsn, max_connections=2) as rows,
        ):
            yield Desk(store, rows, utc_now, who(), new_id)


def who() -> str:
    """The person at the keyboard, as this machine knows them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "unknown (command line)"
