"""Many together, and each by itself where one of them spoils it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from runtime.kafka import is_infrastructure

Item = TypeVar("Item")


async def apart(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Awaitable[object]],
    failed: Callable[[Item, Exception], Awaitable[None]],
) -> None:
    """Do the work on all items; where it fails over what they hold, on each half, down to the one.

    ``work`` may be done twice on an item. ``failed`` hears of every item that fails alone. What is
    away (``is_infrastructure``) is raised: then it is nobody's fault.
    """
    if not items:
        return
    try:
        await work(items)
    except Exception as error:
        if is_infrastructure(error):
            raise
        if len(items) == 1:
            await failed(items[0], error)
            return
        middle = len(items) // 2
        await apart(items[:middle], work, failed)
        await apart(items[middle:], work, failed)
