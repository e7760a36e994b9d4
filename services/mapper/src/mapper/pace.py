"""Bulk work stops while downstream does not keep up, so that live orders never wait behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from contracts import topics
from mapper.sweeps import Pace
from runtime.admin import lag
from runtime.settings import Settings

log = structlog.get_logger()
MAX_LAG: Final = 1000
"""Records that the slowest group downstream may have before it."""
LOOK_EVERY_S: Final = 1.0
DOWNSTREAM: Final = ("shopify-writer", "status-tracker")
Lag = Callable[[], Awaitable[Mapping[str, int]]]
Sleep = Callable[[float], Awaitable[None]]


def while_downstream_keeps_up(behind: Lag, sleep: Sleep = asyncio.sleep) -> Pace:
    """A pace that lets bulk go on while no group lags by more than ``MAX_LAG`` records."""

    async def room() -> None:
        while slow := sorted(name for name, n in (await behind()).items() if n > MAX_LAG):
            log.info("sweep.waits", groups=slow)
            await sleep(LOOK_EVERY_S)

    return room


async def downstream_lag(settings: Settings) -> Mapping[str, int]:
    """How many live records each group downstream has before it."""
    behind = {}
    for group in DOWNSTREAM:
        names = [settings.topic_prefix + topic.name for topic in topics.consumed_by(group)]
        found = await lag(settings.kafka_bootstrap, settings.topic_prefix + group, names)
        behind[group] = sum(found.values())
    return behind
