"""Health as Kubernetes asks for it, and the watchdog behind liveness.

``/health/live``: this process still makes progress; never depends on what is outside of it,
because then one database outage restarts everything. ``/health/ready``: every readiness check
passes. ``/health/startup``: the service has started. ``/metrics``: Prometheus.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime.clock import Monotonic
from runtime.metrics import exposition

CHECK_LIMIT_S = 2.0
Check = Callable[[], Awaitable[str | None]]
"""Says in a sentence what is not ready, or None. Raising, or taking over 2 s, is not ready."""


@dataclass
class _Loop:
    """One polling loop: when it last moved, and since when it had work it did not take."""

    moved_at: float
    behind_since: float | None = None


class Watchdog:
    """Knows whether this process still makes progress.

    Stale is: the event loop has not turned for ``tick_limit`` seconds, or a loop has had records
    to take for ``stall_limit`` seconds and neither polled nor finished anything in that time. An
    idle loop, one without partitions and one that retries because its store is away are not.
    """

    def __init__(
        self, monotonic: Monotonic, *, tick_limit: float = 30, stall_limit: float = 120
    ) -> None:
        self._monotonic = monotonic
        self._tick_limit = tick_limit
        self._stall_limit = stall_limit
        self._ticked_at = monotonic()
        self._loops: dict[str, _Loop] = {}

    def tick(self) -> None:
        """The event loop turned."""
        self._ticked_at = self._monotonic()

    def moved(self, loop: str) -> None:
        """The loop polled a batch, or finished an attempt at one."""
        self._loop(loop).moved_at = self._monotonic()

    def measured(self, loop: str, lag: int | None) -> None:
        """Records in the loop's own partitions not yet handled; None: could not be asked."""
        state = self._loop(loop)
        if not lag:
            state.behind_since = None
        elif state.behind_since is None:
            state.behind_since = self._monotonic()

    def stale(self) -> tuple[str, ...]:
        """What has stopped, in sentences; empty while all is well."""
        now = self._monotonic()
        found = [
            f"{name} has records to take and has not moved for {now - since:.0f} s"
            for name, loop in self._loops.items()
            if loop.behind_since is not None
            and now - (since := max(loop.moved_at, loop.behind_since)) > self._stall_limit
        ]
        if now - self._ticked_at > self._tick_limit:
            found.insert(0, f"the event loop has not turned for {now - self._ticked_at:.0f} s")
        return tuple(found)

    def _loop(self, name: str) -> _Loop:
        return self._loops.setdefault(name, _Loop(moved_at=self._monotonic()))


@dataclass
class Health:
    """What the endpoints answer from."""

    watchdog: Watchdog
    registry: CollectorRegistry
    checks: Mapping[str, Check] = field(default_factory=dict)
    started: bool = False

    async def unready(self) -> dict[str, str]:
        """The checks that do not pass, each with its reason (or its exception's type)."""
        reasons = {name: await _reason(check) for name, check in self.checks.items()}
        return {name: reason for name, reason in reasons.items() if reason is not None}


def app(health: Health) -> Starlette:
    """The endpoints: 200, or 503 with what is wrong."""

    async def live(_: Request) -> Response:
        stale = health.watchdog.stale()
        return _answer(not stale, stale=stale)

    async def ready(_: Request) -> Response:
        unready = await health.unready()
        return _answer(not unready, unready=unready)

    async def startup(_: Request) -> Response:
        return _answer(health.started, started=health.started)

    async def metrics(_: Request) -> Response:
        text = exposition(health.registry)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    paths = {"/health/live": live, "/health/ready": ready, "/health/startup": startup}
    routes = [Route(path, answer) for path, answer in (paths | {"/metrics": metrics}).items()]
    return Starlette(routes=routes)


def _answer(well: bool, **said: object) -> Response:
    return JSONResponse(said, status_code=200 if well else 503)


async def _reason(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_LIMIT_S):
            return await check()
    except Exception as error:  # noqa: BLE001 - a check that breaks is a check that fails
        return type(error).__name__
