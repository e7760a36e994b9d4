"""Shops that a whole fetcher follows, on a TikTok whose answers a test scripts."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.world.story import connected

from fetcher.polling.assignment import LOCK_SPACE, MEMBER_SPACE
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from runtime.session_memory import MemorySession

LIMIT_S = 2.0
Step = Callable[[], Awaitable[Any]]


@dataclass
class Shops:
    """A fetcher on a TikTok that answers empty pages, or what a shop's script does.

    ``steps``: how often each shop was polled. ``scripts`` act on polls, ``bulk`` on whatever else
    is searched, ``dated`` on packages and cancellations, ``named`` on details; ``accepted``: the
    shops whose authorisation TikTok lists; ``refused``: the answer to every call for a shop.
    """

    home: Any
    steps: dict[str, int] = field(default_factory=dict)
    scripts: dict[str, Step] = field(default_factory=dict)
    bulk: dict[str, Step] = field(default_factory=dict)
    dated: dict[str, Step] = field(default_factory=dict)
    named: dict[str, Step] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    refused: dict[str, httpx.Response] = field(default_factory=dict)
    refreshes: int = 0
    stepped: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.home.network = httpx.MockTransport(self.answer)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api/v2/token/"):
            self.refreshes += 1
            given = {"access_token": f"access-{self.refreshes}", "refresh_token": "refresh"}
            return httpx.Response(200, json={"code": 0, "data": given})
        if request.url.path.startswith("/authorization/"):
            listed = [{"id": shop_id, "cipher": f"cipher-{shop_id}"} for shop_id in self.accepted]
            return httpx.Response(200, json={"code": 0, "data": {"shops": listed}})
        shop_id = request.url.params["shop_cipher"].removeprefix("cipher-")
        if request.method == "GET":
            await self.named.get(shop_id, nothing)()
        elif "update_time_ge" not in json.loads(request.content):
            await self.bulk.get(shop_id, nothing)()
        elif request.url.path.endswith("/orders/search"):
            self.steps[shop_id] = self.steps.get(shop_id, 0) + 1
            self.stepped.set()
            await self.scripts.get(shop_id, nothing)()
        else:
            await self.dated.get(shop_id, nothing)()
        if shop_id in self.refused:
            return self.refused[shop_id]
        return httpx.Response(200, json={"code": 0, "data": {"orders": []}})

    async def say(self, *said: Event) -> None:
        await self.home.record(*said)
        for event in said:
            if isinstance(event, events.ShopConnected):
                await self.home.authorise(event.shop_id)

    async def connect(self, *shop_ids: str) -> None:
        await self.say(*(event for shop_id in shop_ids for event in shop(shop_id)))

    async def heard(self, shop_id: str) -> list[str]:
        return [recorded.name for recorded in await self.home.store.read(shop_stream(shop_id))]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self.stepped.clear()
                await self.stepped.wait()

    async def until_steps(self, shop_id: str, steps: int) -> None:
        await self.until(lambda: self.steps.get(shop_id, 0) >= steps)

    @property
    def owned(self) -> set[str]:
        """The shops whose lock somebody holds."""
        return {key for space, key in self.home.locks.owners if space == LOCK_SPACE}

    def session_of(self, shop_id: str) -> MemorySession:
        session: MemorySession = self.home.locks.owners[LOCK_SPACE, shop_id]
        return session

    async def until_ended(self, session: MemorySession) -> None:
        async with asyncio.timeout(LIMIT_S):
            await session.lost.wait()

    @contextlib.asynccontextmanager
    async def others(self, members: int, *shop_ids: str) -> AsyncIterator[None]:
        """So many other replicas run; the first of them polls these shops."""
        async with contextlib.AsyncExitStack() as stack:
            for n in range(members):
                session = await stack.enter_async_context(self.home.locks.open_session())
                await session.try_lock(MEMBER_SPACE, f"other-{n}")
                for shop_id in shop_ids if n == 0 else ():
                    await session.try_lock(LOCK_SPACE, shop_id)
            yield

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator["asyncio.Task[None]"]:
        running = asyncio.create_task(self.home.service.tasks["follow"]())
        try:
            yield running
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
                await running


async def nothing() -> None:
    """What a shop without a script does."""


def shop(shop_id: str) -> list[Event]:
    """The events of a connected shop of this id."""
    return [event.model_copy(update={"shop_id": shop_id}) for event in connected()]


def failing(error: Exception) -> Step:
    async def step() -> None:
        raise error

    return step
