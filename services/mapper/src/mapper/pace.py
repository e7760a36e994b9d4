"""Bulk work stops while downstream does not keep up, so that live orders never wait behind it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ordersync_contracts import topics
from runtime.admin import lag
from runtime.settings import Settings

DOWNSTREAM: Final = ("mapper", "shopify-writer", "status-tracker")
"""The groups whose lag counts: the mapper's own live records come before its sweeps."""
HasRoom = Callable[[str | None], Awaitable[bool]]
"""Whether bulk for this store, or for none in particular, may be added (``connections.brake``)."""


async def always(_: str | None) -> bool:
    """There is always room."""
    return True


async def downstream_lag(settings: Settings) -> Mapping[str, int]:
    """How many live records each group downstream has before it."""
    behind = {}
    for group in DOWNSTREAM:
        names = [settings.topic_prefix + topic.name for topic in topics.consumed_by(group)]
        found = await lag(settings.kafka_bootstrap, settings.topic_prefix + group, names)
        behind[group] = sum(found.values())
    return behind
