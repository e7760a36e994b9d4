"""The simulator as a process: it says where it listens, ends its holds, and stops when told."""

import asyncio
import sys
import time
from typing import Any

import httpx
import pytest

PROGRAM = (sys.executable, "-m", "simulators.tiktok", "--app-key", "k", "--app-secret", "s")


@pytest.fixture
async def process() -> Any:
    """A running simulator and its base URL; stopped by SIGTERM."""
    program = (*PROGRAM, "--port", "0", "--hold-s", "0.1")
    started = await asyncio.create_subprocess_exec(
        *program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    line = (await started.stdout.readline()).decode().strip()
    assert line.startswith("listening on http://127.0.0.1:")
    yield started, line.removeprefix("listening on ")
    if started.returncode is None:
        started.terminate()
    _, errors = await started.communicate()
    assert (started.returncode, errors) == (0, b"")


async def test_holds_end_and_held_requests_do_not_delay_the_stop(
    process: tuple[asyncio.subprocess.Process, str],
) -> None:
    _, base_url = process
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        await client.put("/_sim/shops/1", json={"name": "Demo"})
        order = {"id": "5", "status": "ON_HOLD", "create_time": int(time.time())}
        await client.post("/_sim/orders?shop_id=1", json=[order])
        async with asyncio.timeout(5):
            status = "ON_HOLD"
            while status == "ON_HOLD":
                (stored,) = (await client.get("/_sim/orders")).json()["orders"]
                status = stored["status"]
        assert status == "AWAITING_SHIPMENT"
