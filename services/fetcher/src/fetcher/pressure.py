"""Bulk of a shop waits until the services downstream have room (``connections.backpressure``)."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from connections.backpressure import ASK_EVERY_S, Backpressure
from lifecycle.shop import Shop

log = structlog.get_logger()
Room = Callable[[Shop], Awaitable[None]]
"""Returns once bulk of a shop may be added to the work downstream."""
Sleep = Callable[[float], Awaitable[None]]


def room_under(backpressure: Backpressure, sleep: Sleep = asyncio.sleep) -> Room:
    """A shop's bulk goes to its store, if it has one."""

    async def room(shop: Shop) -> None:
        while who := await backpressure.in_the_way(shop.store):
            log.info("bulk.waits", shop=shop.shop_id, until_caught_up=tuple(who))
            await sleep(ASK_EVERY_S)

    return room
