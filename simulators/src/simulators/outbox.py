"""Webhooks on their way: sent in the background, over connections that are opened when needed."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport


class Outbox:
    """`transport` replaces the network in tests."""

    def __init__(self, timeout_s: float, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._timeout_s = timeout_s
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """How many deliveries are under way."""
        return len(self._tasks)

    def start(self, delivery: Coroutine[Any, Any, object]) -> None:
        """Runs a delivery in the background."""
        task = asyncio.create_task(delivery)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """One try; the status, or None when nobody answered."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport or AiohttpTransport(),
                timeout=self._timeout_s,
                trust_env=False,
            )
        try:
            return (await self._client.post(url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            return None

    def forget_pending(self) -> None:
        """Ends every delivery under way."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Ends every delivery and the connections."""
        self.forget_pending()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
