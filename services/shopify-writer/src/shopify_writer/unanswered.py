"""A page that is not answered is asked for again: a long listing is not cut off for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from runtime.backoff import Backoff
from runtime.clock import Sleep
from runtime.randomness import Chance
from shopify.answers import Answer, Unclear, Unreachable

TIMES: Final = 3
"""A page in all; a store that does not answer even so waits for its next round."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks for one page a few times, with a growing wait in between: where connecting fails at
    once, all of them would be over before the store is back.
    """

    wait: Backoff
    chance: Chance
    sleep: Sleep

    async def until_answered(self, read: Callable[[], Awaitable[Answer]]) -> Answer:
        """The first answer of at most ``TIMES``; of queries only, which may be made twice."""
        for asked in range(1, TIMES):
            answer = await read()
            if not isinstance(answer, Unclear | Unreachable):
                return answer
            await self.sleep(self.wait.delay(asked, self.chance))
        return await read()
