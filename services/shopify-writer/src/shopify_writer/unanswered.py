"""A page that is not answered is asked for again: a long listing does not begin anew for it."""

from collections.abc import Awaitable, Callable
from typing import Final

from shopify.answers import Answer, Unclear, Unreachable

TIMES: Final = 3
"""A page in all; a store that does not answer even so waits for its next round."""


async def until_answered(read: Callable[[], Awaitable[Answer]]) -> Answer:
    """The first answer of at most ``TIMES``; of queries only, which may be made twice."""
    for _ in range(TIMES - 1):
        answer = await read()
        if not isinstance(answer, Unclear | Unreachable):
            return answer
    return await read()
