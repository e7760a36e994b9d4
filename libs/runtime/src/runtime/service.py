"""Running a service: its tasks side by side until one fails or the process is asked to stop.

SIGTERM and SIGINT cancel all tasks and give them fifteen seconds to finish what they have in
hand. A task that fails, or just ends, ends the process with code 1: Kubernetes (or devstack)
starts it again, from what is stored.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

import structlog
import uvloop
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from runtime.clock import monotonic
from runtime.garbage import collect_seldom
from runtime.health import Check, Health, Watchdog
from runtime.health_server import health_server
from runtime.kafka.policy import is_infrastructure
from runtime.outage import server_of
from runtime.serving import answer_on, listen
from runtime.settings import Settings

log = structlog.get_logger()

STOP_LIMIT_S = 15.0
TICK_S = 1.0
Task = Callable[[], Coroutine[Any, Any, None]]
"""Starts something that runs until it is cancelled, and then finishes what it has in hand."""


Handle = Callable[[Sequence[Any]], Awaitable[None]]
"""Handles a batch of decoded records (``eventstore.wakeups.Wakeup``); what it raises is delivered
again."""


Round = Callable[[], Awaitable[object]]
"""One round of what a task repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What ``build`` makes of a service's connections: everything it does, and nothing opened.

    ``tasks``: what it does by itself, by name; each runs until it is cancelled and lives through
    servers that are away. ``on_records``: what it does with records; None: it consumes none.
    ``endpoints``: what it answers over HTTP, by name; whoever serves it says where. ``readiness``:
    what has to be well for it to be of use. ``rounds``: by task, one round of what it repeats, for
    whoever takes its steps one by one.
    """

    tasks: Mapping[str, Task]
    on_records: Handle | None = None
    endpoints: Mapping[str, ASGIApp] = field(default_factory=dict)
    readiness: Mapping[str, Check] = field(default_factory=dict)
    rounds: Mapping[str, Round] = field(default_factory=dict)


def webhooks_task(
    service: Service, host: str, port: int, setting: str, path: str
) -> dict[str, Task]:
    """Answers on ``endpoints["webhooks"]``, as a task; none with port 0. Raises PortInUse."""
    if not port:
        return {}
    listening = listen(host, port, setting)
    log.info("webhooks.listening", port=port, path=path)
    return {"webhooks": partial(answer_on, listening, service.endpoints["webhooks"])}


class TaskEnded(Exception):
    """A task that should run until it is cancelled returned by itself."""

    safe = True


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> NoReturn:
    """Run ``main`` on uvloop and end the process with the code it returns; 1 if it fails.

    ``main`` opens what the service needs, builds it and returns what ``serve`` returned.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            code = runner.run(main())
        except KeyboardInterrupt:
            code = 130
        except Exception as error:
            log.exception("service.failed", **_what_is_away(error))
            code = 1
    sys.exit(code)


def _what_is_away(error: Exception) -> dict[str, str]:
    server = server_of(error) if is_infrastructure(error) else None
    return {"cause": f"{server} cannot be used"} if server is not None else {}


async def serve(
    settings: Settings,
    tasks: Mapping[str, Task],
    registry: CollectorRegistry,
    *,
    readiness: Mapping[str, Check] | None = None,
    watchdog: Watchdog | None = None,
) -> int:
    """Run the tasks with the health endpoints beside them; returns the process's exit code.

    0 after a signal, 1 when a task failed, ended, or did not stop in time. Raises
    serving.PortInUse. ``settings.health_port`` 0: no endpoints.
    """
    collect_seldom()
    health = Health(watchdog or Watchdog(monotonic), registry, dict(readiness or {}))
    stop = asyncio.Event()
    _on_signals(stop.set)
    async with health_server(health, settings.health_host, settings.health_port or None):
        health.started = True
        log.info("service.started", tasks=sorted(tasks), health_port=settings.health_port)
        code = await _until_stopped(tasks, health.watchdog, stop)
    log.info("service.stopped", code=code)
    return code


def _on_signals(function: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, function)


async def _until_stopped(tasks: Mapping[str, Task], watchdog: Watchdog, stop: asyncio.Event) -> int:
    running = asyncio.create_task(_all(tasks, watchdog))
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((running, asked), return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        running.cancel()
    _, stubborn = await asyncio.wait((running,), timeout=STOP_LIMIT_S)
    if stubborn:
        log.error("service.not_stopped_in_time", limit_s=STOP_LIMIT_S)
        sys.stderr.flush()
        os._exit(1)
    return 0 if running.cancelled() or running.exception() is None else 1


async def _all(tasks: Mapping[str, Task], watchdog: Watchdog) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_tick(watchdog), name="tick")
        for name, task in tasks.items():
            group.create_task(_until_cancelled(name, task), name=name)


async def _until_cancelled(name: str, task: Task) -> None:
    try:
        await task()
    except Exception:
        log.exception("service.task_failed", task=name)
        raise
    log.error("service.task_ended", task=name)
    raise TaskEnded(f"task {name} ended without being asked to")


async def _tick(watchdog: Watchdog) -> None:
    while True:
        watchdog.tick()
        await asyncio.sleep(TICK_S)
