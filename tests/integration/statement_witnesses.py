"""The statements that are put together as needed: each function asked in all of its ways."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final, get_args

from tests.system.statements import Listener

import console.tables.postgres
import jobs.tables
from console.rows import Cursor, OrderFilter
from console.tables.postgres import PostgresRows
from fetcher.tables import Checkpoint, PostgresCheckpoints
from fetcher.webhooks import inbox as notifications
from inbox.postgres import PostgresInbox
from lifecycle.status import Status
from mapper.tables import waiting
from shopify.webhooks import Webhook
from shopify_writer.webhooks import inbox as webhooks
from tiktok.webhooks import Notification

Witness = Callable[[Any], Sequence[Awaitable[object]]]
AT: Final = datetime(2026, 11, 3, tzinfo=UTC)
_JOBS: Final = tuple(
    text for name, text in vars(jobs.tables).items() if name.isupper() and name[0] != "_"
)
_ROWS: Final = tuple(
    text for name, text in vars(console.tables.postgres).items() if name.startswith("_WRITE")
)
_SHAPES: Final = [
    OrderFilter(status, shop_id, reason_code, text, gifts, samples)
    for status, shop_id, reason_code, text, gifts, samples in product(
        (None, Status.SYNC_FAILED),
        (None, "7495"),
        (None, "unlinked_sku"),
        ("", "5764000123"),
        (False, True),
        (False, True),
    )
]


def _inbox(method: str) -> Witness:
    arguments: Mapping[str, tuple[object, ...]] = {
        "take": (AT, [], 10),
        "done": (["1"], AT, "worker"),
        "later": (["1"], AT),
        "forget": (AT,),
    }

    def both(pool: Any) -> Sequence[Awaitable[object]]:
        tiktok = PostgresInbox(pool, notifications.LAYOUT)
        shopify = PostgresInbox(pool, webhooks.LAYOUT)
        if method == "put":
            notification = Notification(1, "1", "7495", None, (), ())
            webhook = Webhook("1", "orders/cancelled", "s.myshopify.com")
            return [tiktok.put(notification, AT), shopify.put(webhook, AT)]
        given = arguments.get(method, ())
        return [getattr(tiktok, method)(*given), getattr(shopify, method)(*given)]

    return both


def _moves(pool: Any) -> Sequence[Awaitable[object]]:
    checkpoints = PostgresCheckpoints(pool)
    return [checkpoints.move("7495", 1, name, AT) for name in get_args(Checkpoint)]


def _pages(pool: Any) -> Sequence[Awaitable[object]]:
    rows, after = PostgresRows(pool), Cursor(AT, "order-7495-1")
    return [rows.orders(shape, after=place) for shape in _SHAPES for place in (None, after)]


def _counts(pool: Any) -> Sequence[Awaitable[object]]:
    return [PostgresRows(pool).count(shape, limit=1_000) for shape in _SHAPES]


def _kept(pool: Any) -> Sequence[Awaitable[object]]:
    return [waiting.Tables(pool).keep([], anew=anew) for anew in (True, False)]


def _waiting(pool: Any) -> Sequence[Awaitable[object]]:
    tables = waiting.Tables(pool)
    return [tables.waiting("7495", "link", sku, "order-7495-1", 500) for sku in ("", "1729")]


def _releases(pool: Any) -> Sequence[Awaitable[object]]:
    return [waiting.Releases(pool).add([], again=again) for again in (True, False)]


WITNESSES: Final[Mapping[str, Witness | Sequence[str]]] = {
    **{
        f"inbox.postgres.PostgresInbox.{method}": _inbox(method)
        for method in ("put", "take", "done", "later", "forget", "waiting", "requests")
    },
    "jobs.postgres.PostgresJobs._mark": _JOBS,
    "jobs.postgres.PostgresJobs._settle": _JOBS,
    "console.tables.postgres.PostgresRows._apply": _ROWS,
    "console.tables.postgres.PostgresRows.orders": _pages,
    "console.tables.postgres.PostgresRows.count": _counts,
    "fetcher.tables.PostgresCheckpoints.move": _moves,
    "mapper.tables.waiting.Releases.add": _releases,
    "mapper.tables.waiting.Tables.keep": _kept,
    "mapper.tables.waiting.Tables.waiting": _waiting,
}


async def texts_of(function: str) -> Sequence[str]:
    """What this function sends, in each of its ways."""
    witness = WITNESSES[function]
    if not callable(witness):
        return witness
    listener = Listener()
    for call in witness(listener):
        await call
    return listener.heard
