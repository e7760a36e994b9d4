"""The pages' HTTP server, run as one of the service's tasks."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


class ConsolePortInUse(Exception):
    """The pages' port cannot be had; the text names it."""

    safe = True


class _Server(uvicorn.Server):
    """Leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """The pages' socket; ConsolePortInUse when it cannot be had."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise ConsolePortInUse(
            f"{host}:{port} for the pages cannot be had ({error.strerror}): set CONSOLE_PORT to a "
            "free port"
        ) from error


async def serve_pages(app: ASGIApp, listening: socket.socket) -> None:
    """Answer until cancelled; then finish what is being answered, and close the socket."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    server = _Server(config)
    answering = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(answering)
    finally:
        server.should_exit = True
        await answering
        listening.close()
