"""Waiting for Shopify's budget inside one piece of work: a throttled call was not executed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from shopify.answers import Answer, Throttled
from shopify.calls import Calls

LIMIT_S: Final = 30.0
_LEAST_S: Final = 0.05


async def execute(shopify: Calls, store: str, what: str, variables: Mapping[str, object]) -> Answer:
    """``shopify.execute``, made again for half a minute while it is throttled."""
    return await ThrottleWait().ask(partial(shopify.execute, store, what, variables))


class ThrottleWait:
    """Seconds that a piece of work may wait in all; then Throttled is its answer."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._left_s = limit_s

    async def ask(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """The first answer that is not Throttled, or Throttled when the seconds are used up."""
        while True:
            answer = await call()
            if not isinstance(answer, Throttled):
                return answer
            wait_s = max(answer.retry_after_s, _LEAST_S)
            if wait_s > self._left_s:
                return answer
            self._left_s -= wait_s
            await asyncio.sleep(wait_s)
