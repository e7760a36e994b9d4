"""The simulator as a process: it says where it listens, ends its holds, and stops when told."""

import asyncio
import sys
import time

import httpx
import pytest

PROGRAM = (sys.executable, "-m", "simulators.tiktok", "--app-key", "k", "--app-secret", "s")


@pytest.fixture
async def process():
    """A running simulator and its base URL; stopped by SIGTERM."""
    program = (*PROGRAM, "--port", "0", "--hold-s", "0.1")
    started = await asyncio.create_subprocess_exec(
        *program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    line = (await started.stdout.readline()).decode().strip()
    assert line.startswith("listening on http://127.0.0.1:")
    yield started, line.removeprefix("listening on ")
    if started.returncode is None:
        started.terminate()
    _, errors = await started.communicate()
    assert (started.returncode, errors) == (0, b"")


async def test_holds_end_and_held_requests_do_not_delay_the_stop(process):
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


async def test_a_taken_port_is_one_sentence_and_exit_code_2(process):
    _, base_url = process
    port = base_url.rsplit(":", 1)[1]
    second = await asyncio.create_subprocess_exec(
        *PROGRAM, "--port", port, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await second.communicate()
    assert second.returncode == 2
    assert errors.decode() == f"--port {port}: not free on 127.0.0.1; name another, or 0 for any\n"
