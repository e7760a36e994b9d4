"""console: the pages, and the rows they show, kept up to date."""

import asyncio
from typing import Final

import structlog

from connections.backpressure import Backlog
from connections.opening import bulk_backlog, open_pool
from console import access, projection, tables
from console.bulk import BulkSyncs, nothing_waits
from console.desk import Desk, new_id
from console.rows import Rows
from console.settings import ConsoleSettings
from console.web.app import build as build_pages
from console.web.site import Site
from eventstore import EventStore
from eventstore.postgres import connect
from runtime import logs
from runtime.clock import utc_now
from runtime.health import Check
from runtime.keep_running import keep_running
from runtime.service import serve
from runtime.serving import answer_on, listen
from runtime.settings import load_or_exit

log = structlog.get_logger()
SOURCE: Final = "console"


def build(
    store: EventStore, rows: Rows, settings: ConsoleSettings, backlog: Backlog = nothing_waits
) -> Site:
    """The whole console, given its connections."""
    desk = Desk(store, rows, utc_now, "console", new_id)
    return Site(desk, BulkSyncs(desk, lambda: access.group_lag(settings), backlog))


async def main() -> int:
    """Run the console until asked to stop."""
    settings = load_or_exit(ConsoleSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    listening = listen(settings.console_host, settings.console_port, "CONSOLE_PORT")
    async with (
        connect(dsn, listen=True) as store,
        tables.connect(dsn) as rows,
        open_pool(settings, name=SOURCE, max_connections=2) as pool,
    ):
        site = build(store, rows, settings, bulk_backlog(pool))
        host, port = listening.getsockname()[:2]
        log.info("console.listening", host=host, port=port)
        return await serve(
            settings,
            {
                "pages": lambda: answer_on(listening, build_pages(site)),
                "project": lambda: keep_running("project", lambda: projection.follow(store, rows)),
                "bulk": lambda: keep_running("bulk", site.bulk.work),
            },
            readiness={"rows": _up_to_date(store, rows)},
        )


def _up_to_date(store: EventStore, rows: Rows) -> Check:
    async def check() -> str | None:
        head, position = await asyncio.gather(store.head(), rows.position())
        behind = head - position
        return f"the rows are {behind} events behind" if behind > 100_000 else None

    return check
