"""A simulator as a process of its own."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def running_simulator(platform: str, *arguments: str) -> AsyncIterator[str]:
    """The address of a simulator of ``tiktok`` or ``shopify``, gone when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"simulators.{platform}", *arguments), stdout=PIPE
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        yield line.strip().removeprefix("listening on ")
    finally:
        process.kill()
        await process.wait()
