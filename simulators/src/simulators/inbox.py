"""The receiving end of webhooks, for tests in the simulator's process."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(slots=True)
class Inbox:
    """Receives webhooks; answers with the statuses it is given, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    requests: list[httpx.Request] = field(default_factory=list)
    _arrived: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Takes a webhook."""
        self.requests.append(request)
        self._arrived.put_nowait(None)
        return httpx.Response(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was received, in order."""
        return [json.loads(request.content) for request in self.requests]

    async def next(self) -> httpx.Request:
        """The next webhook; waits for it, 5 s at most."""
        async with asyncio.timeout(5):
            await self._arrived.get()
        return self.requests[-1 - self._arrived.qsize()]
