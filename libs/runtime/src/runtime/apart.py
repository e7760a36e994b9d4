"""Many together, and each by itself where one of them spoils it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from runtime.halving import in_halves
from runtime.kafka import is_infrastructure

Item = TypeVar("Item")
Result = TypeVar("Result")


async def apart(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Awaitable[Result]],
    failed: Callable[[Item, Exception], Awaitable[None]],
) -> list[Result]:
    """``in_halves``; what is away (``is_infrastructure``) is raised: then it is nobody's fault."""
    return await in_halves(items, work, failed, is_infrastructure)
