"""How many modules a polled order passes: docs/fetching.md names them."""

import asyncio
import contextlib
import sys
from types import FrameType
from typing import Any

import httpx
from tests.world.story import SHOP_ID, connected, raw_order

SEARCH = "/orders/search"
PATH = {
    "fetcher.polling.schedule",
    "fetcher.polling.poller",
    "fetcher.reading.orders",
    "fetcher.reading.shop_calls",
    "fetcher.recording.ingest",
    "fetcher.recording.snapshot",
    "fetcher.domain",
}
"""From TikTok's answer to the append, in the order in which they are passed."""


class Passed:
    """Modules of the fetcher in which anything ran since it began to look."""

    def __init__(self) -> None:
        self.modules: set[str] = set()

    def look(self, frame: FrameType, event: str, _: object) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.startswith("fetcher."):
            self.modules.add(module)


async def test_a_polled_order_passes_seven_modules_from_the_answer_to_the_append(home: Any) -> None:
    passed, appended = Passed(), asyncio.Event()
    append = home.store.append

    async def then_appended(commands: Any) -> Any:
        sys.setprofile(None)
        appended.set()
        return await append(commands)

    async def answer(request: httpx.Request) -> httpx.Response:
        is_poll = b"update_time_ge" in request.content and request.url.path.endswith(SEARCH)
        if not is_poll:
            await appended.wait()  # what is done beside the poll is not looked at
        for _ in range(50):
            await asyncio.sleep(0)  # all of that has begun by then
        sys.setprofile(passed.look)
        await asyncio.sleep(0)  # so that everything that waits for the answer is gone through
        return httpx.Response(200, json={"code": 0, "data": {"orders": [raw_order()] * is_poll}})

    await home.authorise(SHOP_ID)
    await home.record(*connected())
    home.store.append = then_appended
    home.network = httpx.MockTransport(answer)
    following = asyncio.create_task(home.service.tasks["follow"]())
    try:
        async with asyncio.timeout(2.0):
            await appended.wait()
    finally:
        sys.setprofile(None)
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
    assert passed.modules == PATH
