"""Schedules of processes made certain: what happens in the very instant of somebody's call."""

from collections.abc import Awaitable, Callable
from typing import Any


def before(target: object, method: str, what: Callable[[], Awaitable[object]]) -> None:
    """``what`` happens when the next call is decided on and nobody knows of it yet."""
    carry_out = getattr(target, method)

    async def meanwhile(*given: Any, **options: Any) -> Any:
        setattr(target, method, carry_out)
        await what()
        return await carry_out(*given, **options)

    setattr(target, method, meanwhile)


def unheard(target: object, method: str) -> None:
    """The next call is carried out, and its answer is lost."""
    carry_out = getattr(target, method)

    async def lost(*given: Any, **options: Any) -> Any:
        setattr(target, method, carry_out)
        await carry_out(*given, **options)
        raise ConnectionError("the answer is lost")

    setattr(target, method, lost)
