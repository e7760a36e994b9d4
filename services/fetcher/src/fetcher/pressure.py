"""Bulk of a shop waits until the services downstream have room for it (``connections.brake``)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from connections.brake import ASK_EVERY_S, Brake
from lifecycle.shop import Shop
from ordersync_contracts import topics
from runtime.admin import lag

log = structlog.get_logger()
Room = Callable[[Shop], Awaitable[None]]
"""Returns once bulk of a shop may be added to the work downstream."""
Sleep = Callable[[float], Awaitable[None]]


def room_under(brake: Brake, sleep: Sleep = asyncio.sleep) -> Room:
    """A shop's bulk goes to its store, if it has one."""

    async def room(shop: Shop) -> None:
        while who := await brake.in_the_way(shop.store):
            log.info("bulk.waits", shop=shop.shop_id, until_caught_up=who)
            await sleep(ASK_EVERY_S)

    return room


async def groups_behind(bootstrap: str, prefix: str) -> Mapping[str, int]:
    """How many live records each group has before it."""
    behind: dict[str, int] = {}
    for group in topics.GROUPS:
        names = [prefix + one.name for one in topics.consumed_by(group)]
        behind[group] = sum((await lag(bootstrap, prefix + group, names)).values())
    return behind
