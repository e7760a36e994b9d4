"""Doing something to its end although what it needs is away now and then."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import structlog

from runtime.backoff import Backoff
from runtime.clock import Clocks, Monotonic
from runtime.kafka.policy import is_infrastructure
from runtime.passing import Passing
from runtime.randomness import Chance
from runtime.service import Round, Task
from runtime.session import LeaseLost

log = structlog.get_logger()
_BACKOFF: Final = Backoff()
_HEALTHY_AFTER_S: Final = 60.0
"""A run that lasted so long had what it needed: the next wait is the first one again."""


Run = Callable[[], Awaitable[None]]
"""What a task does, again after each fault that passes."""


def passes(error: BaseException, also: tuple[type[BaseException], ...] = ()) -> bool:
    """Whether the fault goes away by itself: servers that are away, other writers, a lost lease,
    ``also``.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(passes(part, also) for part in error.exceptions)
    return is_infrastructure(error) or isinstance(error, (LeaseLost, Passing, *also))


async def keep_running(
    name: str,
    task: Run,
    *,
    chance: Chance,
    clock: Monotonic,
    also: tuple[type[BaseException], ...] = (),
    backoff: Backoff = _BACKOFF,
) -> None:
    """Run ``task`` until it returns, again after each fault that passes, waiting longer each time.

    Any other fault is raised: the process ends and is started again from what is stored.
    """
    failures = 0
    while True:
        began = clock()
        try:
            await task()
        except Exception as error:
            if not passes(error, also):
                raise
            failures = 1 if clock() - began > _HEALTHY_AFTER_S else failures + 1
            log.warning("task.interrupted", task=name, error=_names(error), failures=failures)
            await asyncio.sleep(backoff.delay(failures, chance))
        else:
            return


def kept_running(
    runs: Mapping[str, Run],
    clocks: Clocks,
    chance: Chance,
    also: tuple[type[BaseException], ...] = (),
) -> dict[str, Task]:
    """The tasks of a service that keep running, by name."""
    keep = partial(keep_running, chance=chance, clock=clocks.monotonic, also=also)
    return {name: partial(keep, name, run) for name, run in runs.items()}


def every(seconds: float, work: Round) -> Run:
    """Does the work again and again, waiting so long after each time."""

    async def run() -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)

    return run


def _names(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return ",".join(sorted({_names(part) for part in error.exceptions}))
    return type(error).__name__
