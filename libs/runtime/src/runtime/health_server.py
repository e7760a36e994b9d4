"""The health endpoints, served inside the service's own event loop: a stuck loop cannot answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from runtime.health import Health, app
from runtime.serving import answer_on, listen


@contextlib.asynccontextmanager
async def health_server(health: Health, host: str, port: int | None) -> AsyncIterator[int]:
    """Serve the endpoints of ``health`` while inside; yields the port.

    Port 0: a free one; None: nothing is served. Raises ``serving.PortInUse``.
    """
    if port is None:
        yield 0
        return
    listening = listen(host, port, "HEALTH_PORT")
    answering = asyncio.create_task(answer_on(listening, app(health), grace_s=1))
    try:
        yield listening.getsockname()[1]
    finally:
        answering.cancel()
        await asyncio.wait((answering,))
