"""Bulk work stops while downstream does not keep up, so that live orders never wait behind it."""

from collections.abc import Awaitable, Callable
from typing import Final

DOWNSTREAM: Final = ("mapper", "shopify-writer", "status-tracker")
"""The groups whose lag counts: the mapper's own live records come before its sweeps."""
HasRoom = Callable[[str | None], Awaitable[bool]]
"""Whether bulk for this store, or none in particular, may be added (``Backpressure.has_room``)."""


async def always(_: str | None) -> bool:
    """There is always room."""
    return True
