"""The health endpoints, served inside the service's own event loop: a stuck loop cannot answer."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from runtime.health import Health, app


class HealthPortInUse(Exception):
    """The port for the health endpoints cannot be had; the text names it."""

    safe = True


class _Server(uvicorn.Server):
    """Leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def health_server(health: Health, host: str, port: int | None) -> AsyncIterator[int]:
    """Serve the endpoints of ``health`` while inside; yields the port.

    Port 0: a free one; None: nothing is served. Raises HealthPortInUse.
    """
    if port is None:
        yield 0
        return
    listening = _listen(host, port)
    config = uvicorn.Config(
        app(health),
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise HealthPortInUse(
            f"{host}:{port} for health and metrics cannot be had ({error.strerror}):"
            " set HEALTH_PORT to a free port"
        ) from error
