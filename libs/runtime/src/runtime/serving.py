"""An HTTP endpoint of a service, served as one of its tasks."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


class PortInUse(Exception):
    """The port cannot be had; the text names it and the setting to change."""

    safe = True


class _Server(uvicorn.Server):
    """Leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket (port 0: a free one); PortInUse names ``setting`` when it cannot be."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        raise PortInUse(
            f"{host}:{port} cannot be had ({error.strerror}): set {setting} to a free port"
        ) from error


async def answer_on(listening: socket.socket, app: ASGIApp, *, grace_s: int = 3) -> None:
    """Answer with the ASGI app until cancelled; then finish what is in hand, close the socket."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=grace_s,
    )
    server = _Server(config)
    answering = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(answering)
    finally:
        server.should_exit = True
        await answering
        listening.close()
