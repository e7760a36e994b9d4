"""The fetcher, built as its ``main`` builds it, before a TikTok Shop that answers at once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from secrets import token_bytes
from typing import Any, Final

import asyncpg
import httpx
from prometheus_client import CollectorRegistry
from tests.world.services import nothing_waits
from tests.world.story import GRANT_ID, KEYS, SETTINGS, raw_order
from tests.world.writer import nobody_lags

from bench import orders
from devstack.databases import Database
from eventstore import postgres
from eventstore.store import ANY_VERSION, Append
from fetcher import app
from fetcher.domain import Window
from fetcher.order_index import KnownOrder
from fetcher.reading.recent_changes import RecentChanges
from fetcher.settings import FetcherSettings
from fetcher.tables import PostgresCheckpoints, PostgresOrderIndex
from fetcher.webhooks.inbox import LAYOUT
from inbox.postgres import PostgresInbox
from runtime.clock import Clocks, boottime, utc_now
from runtime.pools import as_it_is
from runtime.randomness import system_chance, system_id
from runtime.session import open_session
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient
from vault.postgres import PostgresVault

PAGE: Final = 100
_APP: Final = App("key", "secret")
_ENDED: Final = timedelta(days=31)


class AnswersWith:
    """Where calls to TikTok end: every search finds ``found``, on one page."""

    def __init__(self) -> None:
        self.found: Sequence[dict[str, Any]] = ()

    def answer(self, _request: httpx.Request) -> httpx.Response:
        """As TikTok would, at once."""
        data = {"orders": self.found, "total_count": len(self.found)}
        return httpx.Response(200, json={"code": 0, "message": "Success", "data": data})


@dataclass(frozen=True)
class Fetching:
    """A fetcher and what TikTok answers it; a poll reads one page, as most polls do."""

    service: app.Fetcher
    tiktok: AnswersWith
    store: postgres.PostgresEventStore
    index: PostgresOrderIndex

    async def poll(self, numbers: Sequence[int]) -> int:
        """From TikTok's answer to events and index; how many orders were news."""
        news = 0
        window = Window(utc_now() - timedelta(hours=2), utc_now())
        for start in range(0, len(numbers), PAGE):
            self.tiktok.found = [_raw(n) for n in numbers[start : start + PAGE]]
            news += await self.service.reader.updated(
                orders.shop(), window, window.since, RecentChanges()
            )
        return news

    async def end(self, numbers: Sequence[int]) -> None:
        """These were delivered so long ago that their buyers are to be forgotten."""
        ended = utc_now() - _ENDED
        commands, known = [], []
        for number in numbers:
            said = orders.fetched(number).model_copy(
                update={"status": "COMPLETED", "updated_at": ended, "asked_at": utc_now()}
            )
            new = orders.new_event(orders.stream(number), 9, said)
            commands.append(Append(orders.stream(number), ANY_VERSION, (new,)))
            known.append(KnownOrder(said.order_id, said.created_at, ended, has_buyer=True))
        await self.store.append(commands)
        await self.index.note(orders.SHOP_ID, known)

    async def erase(self) -> None:
        """One round of the erasure clock."""
        await self.service.rounds["erasure"]()


@asynccontextmanager
async def opened_fetcher(of: Database) -> AsyncIterator[Fetching]:
    """On a database that is migrated and has the connected shop of ``orders``."""
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        store = await enter(postgres.connect(of.app_dsn))
        pool = await enter(asyncpg.create_pool(of.app_dsn, min_size=1, max_size=8, reset=as_it_is))
        answers = AnswersWith()
        http = await enter(
            httpx.AsyncClient(
                transport=httpx.MockTransport(answers.answer), base_url="http://tiktok"
            )
        )
        vault = PostgresVault(pool, KEYS, utc_now, token_bytes)
        await vault.put_credential("tiktok_shop", orders.SHOP_ID, {"cipher": "cipher"})
        await vault.put_credential("tiktok_grant", GRANT_ID, _granted())
        index = PostgresOrderIndex(pool)
        connections = app.Connections(
            store,
            vault,
            TikTokClient(http, _APP, clock=utc_now, base_url="http://tiktok"),
            TokenClient(http, _APP, clock=utc_now, base_url="http://tiktok"),
            PostgresCheckpoints(pool),
            index,
            PostgresInbox(pool, LAYOUT),
            nobody_lags,
            nothing_waits,
            partial(open_session, of.app_dsn, clock=boottime),
        )
        settings = FetcherSettings.model_validate(
            {**SETTINGS, "tiktok_app_key": _APP.key, "tiktok_app_secret": _APP.secret}
        )
        registry = CollectorRegistry()
        service = app.build(connections, settings, Clocks(), system_id, system_chance, registry)
        yield Fetching(service, answers, store, index)


def _raw(number: int) -> dict[str, Any]:
    return raw_order(orders.NOW, id=orders.order_id(number))


def _granted() -> dict[str, str]:
    now = utc_now()
    return {
        "access_token": "access",
        "refresh_token": "refresh",
        "access_expires_at": (now + timedelta(days=5)).isoformat(),
        "refresh_expires_at": (now + timedelta(days=300)).isoformat(),
    }
