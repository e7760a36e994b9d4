"""Runs a simulator and prints where. `serve(app, port=0)` blocks until SIGTERM."""

import signal
import socket
import sys
from asyncio import BaseTransport, Transport
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"
"""Other machines reach a simulator only where --host says so: in a container, on its network."""
_KEEP_ALIVE_S = 300
"""Longer than any client keeps an idle connection: a server that closes one just as the next
request is written would be a fault that nobody ordered."""


class ReachableTransport(H11Protocol):
    """uvicorn's HTTP protocol; its ASGI state carries the connection: a fault can cut it."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Puts the transport where `exchange.Exchange` looks for it."""
        super().connection_made(cast("Transport", transport))
        self.app_state = {**self.app_state, "transport": transport}


class AnnouncedServer(uvicorn.Server):
    """Prints `listening on http://HOST:PORT` as soon as it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then announces."""
        await super().startup(sockets)
        for bound in sockets or ():
            host, port = bound.getsockname()[:2]
            sys.stdout.write(f"listening on http://{host}:{port}\n")
            sys.stdout.flush()


def config(app: ASGIApp) -> uvicorn.Config:
    """The server's settings; requests held by a fault end one second after SIGTERM."""
    return uvicorn.Config(
        app,
        http=ReachableTransport,
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )


def serve(app: ASGIApp, *, port: int, host: str = LOOPBACK) -> None:
    """Serves until SIGTERM or SIGINT. Port 0 takes a free one; a taken one is exit code 2."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        sys.stderr.write(f"--port {port}: not free on {host}; name another, or 0 for any\n")
        raise SystemExit(2) from None
    for ending in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises it again when it has finished
        signal.signal(ending, lambda *_: sys.exit(0))
    AnnouncedServer(config(app)).run(sockets=[listener])
