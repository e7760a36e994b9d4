"""Backpressure on bulk: whether there is room downstream for more of what nobody waits for.

Bulk stops while a group has more than ``most_records`` before it, and while the bulk lane of the
store it goes to holds more than ``longest_s`` of that store's budget. While that cannot be asked,
bulk waits.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Final

import structlog

from ordersync_contracts import topics
from runtime import admin
from runtime.clock import Monotonic
from runtime.kafka import is_infrastructure, replay_group
from runtime.settings import Settings

log = structlog.get_logger()
ASK_EVERY_S: Final = 5.0
MOST_RECORDS: Final = 1000
LONGEST_S: Final = 120.0
Lag = Callable[[], Awaitable[Mapping[str, int]]]
"""How many records each group has before it."""
Backlog = Callable[[str], Awaitable[float]]
"""How many seconds of a store's budget its bulk lane holds (``jobs.backlog``)."""
InTheWay = Mapping[str, float]
"""What bulk waits for: groups with their records, stores with their seconds, or who is away."""


def lag_of(
    settings: Settings, groups: Collection[str] = topics.GROUPS, *, replayed: bool = False
) -> Lag:
    """The live records that each group has before it; ``replayed``: and those it is to do again.

    Those are read, and committed, by a group of their own.
    """

    async def behind(group: str, names: Iterable[str]) -> int:
        prefixed = [settings.topic_prefix + name for name in names]
        found = await admin.lag(settings.kafka_bootstrap, settings.topic_prefix + group, prefixed)
        return sum(found.values())

    async def lag() -> Mapping[str, int]:
        found: dict[str, int] = {}
        for group in groups:
            found[group] = await behind(group, [topic.name for topic in topics.consumed_by(group)])
            if replayed:
                found[group] += await behind(replay_group(group), [topics.replay_topic(group)])
        return found

    return lag


@dataclass(frozen=True, slots=True)
class Backpressure:
    """One instance per process: what it asks is asked now and then, however many ask it.

    ``ask_every_s``: how old an answer may be; ``look_again_s``: how long ``room`` waits between
    two looks.
    """

    lag: Lag
    backlog: Backlog
    monotonic: Monotonic
    _: KW_ONLY
    most_records: int = MOST_RECORDS
    longest_s: float = LONGEST_S
    ask_every_s: float = ASK_EVERY_S
    look_again_s: float = ASK_EVERY_S
    _answers: dict[str, tuple[float, InTheWay]] = field(default_factory=dict, init=False)
    _asking: dict[str, asyncio.Task[InTheWay]] = field(default_factory=dict, init=False)

    async def in_the_way(self, *stores: str | None) -> InTheWay:
        """What bulk for these stores (None: for none) waits for, groups first; empty: nothing."""
        found = dict(await self._lately("", self._slow_groups))
        for store in filter(None, stores):
            found |= await self._lately(store, partial(self._full_lane, store))
        return found

    async def has_room(self, *stores: str | None) -> bool:
        """Whether bulk for these stores may be added now."""
        return not await self.in_the_way(*stores)

    async def room(self, *stores: str | None, waiting: Callable[[InTheWay], None]) -> None:
        """Returns once bulk for these stores may be added; tells ``waiting`` of every look."""
        while found := await self.in_the_way(*stores):
            waiting(found)
            await asyncio.sleep(self.look_again_s)

    async def _lately(self, what: str, ask: Callable[[], Awaitable[InTheWay]]) -> InTheWay:
        """The last answer while it is fresh; those who ask meanwhile share the next one."""
        known = self._answers.get(what)
        if known is not None and self.monotonic() - known[0] < self.ask_every_s:
            return known[1]
        asking = self._asking.get(what)
        if asking is None:
            asking = self._asking[what] = asyncio.create_task(self._ask(what, ask))
        return await asyncio.shield(asking)

    async def _ask(self, what: str, ask: Callable[[], Awaitable[InTheWay]]) -> InTheWay:
        """Goes on when whoever asked first has gone: others may wait for it."""
        try:
            answer = await _known(what, ask)
            self._answers[what] = (self.monotonic(), answer)
            return answer
        finally:
            del self._asking[what]

    async def _slow_groups(self) -> InTheWay:
        behind = await self.lag()
        return {group: n for group, n in sorted(behind.items()) if n > self.most_records}

    async def _full_lane(self, store: str) -> InTheWay:
        seconds = await self.backlog(store)
        return {store: seconds} if seconds > self.longest_s else {}


async def _known(what: str, ask: Callable[[], Awaitable[InTheWay]]) -> InTheWay:
    try:
        return await ask()
    except Exception as error:
        if not is_infrastructure(error):
            raise
        log.warning("room.unknown", error=type(error).__name__)
        return {what or "Kafka": math.inf}
