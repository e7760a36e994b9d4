"""A few at a time, so that one that takes long does not hold up the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from runtime.kafka import is_infrastructure

Item = TypeVar("Item")


async def side_by_side(
    items: Iterable[Item],
    work: Callable[[Item], Awaitable[object]],
    failed: Callable[[Item, Exception], Awaitable[None]],
    places: asyncio.Semaphore,
) -> None:
    """Do the work on each item, on as many at once as there are ``places``.

    ``failed`` hears of each that fails. What is away (``is_infrastructure``) is raised, in a group:
    then it is nobody's fault, and what is at work is cancelled.
    """

    async def one(item: Item) -> None:
        async with places:
            try:
                await work(item)
            except Exception as error:
                if is_infrastructure(error):
                    raise
                await failed(item, error)

    async with asyncio.TaskGroup() as tasks:
        for item in items:
            tasks.create_task(one(item))
