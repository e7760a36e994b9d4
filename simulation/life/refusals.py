"""What a person does when ordersync or a platform refuses: nothing; the act is passed over."""

from collections.abc import Awaitable, Callable
from typing import Final

from connections.grants import GrantMissing
from console.backend import Refused
from runtime.passing import Passing
from shopify.oauth import TokenDelayed, TokenRefused
from simulation.life.kinds import ActKind, Given
from simulation.outside import Outside
from tiktok.errors import TikTokError

REFUSALS: Final = (GrantMissing, Passing, Refused, TikTokError, TokenDelayed, TokenRefused)


def by_person(perform: Callable[[Outside, Given], Awaitable[bool | Given]]) -> ActKind:
    """A person's act; False where it is refused."""

    async def performed(outside: Outside, given: Given) -> bool | Given:
        try:
            return await perform(outside, given)
        except REFUSALS:
            return False

    return ActKind("person", performed)
