"""The relay as a process of its own, for tests that do not bring up the whole system."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def running_relay(**variables: str) -> AsyncIterator[Process]:
    """One relay with these settings; killed at the latest when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "relay"),
        env={"PATH": os.environ["PATH"], "PAGE": "50", **variables},
        stdout=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
