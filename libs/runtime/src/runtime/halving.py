"""Many together, and fewer and fewer where something among them spoils it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_halves(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Awaitable[Result]],
    failed: Callable[[Item, Exception], Awaitable[None]],
    is_nobodys: Callable[[Exception], bool],
) -> list[Result]:
    """Do the work on all items; where it fails over what they hold, on each half, down to the one.

    Returns what the work returned, in order: a result for each part that it was done on. It may be
    done twice on an item. ``failed`` hears of every item that fails alone. What ``is_nobodys``
    fault among them is raised.
    """
    if not items:
        return []
    try:
        return [await work(items)]
    except Exception as error:
        if is_nobodys(error):
            raise
        if len(items) == 1:
            await failed(items[0], error)
            return []
    middle = len(items) // 2
    done = await in_halves(items[:middle], work, failed, is_nobodys)
    return done + await in_halves(items[middle:], work, failed, is_nobodys)
