"""A shop's bulk waits until there is room for it, and asks for its own store."""

from typing import Any

from connections.backpressure import ASK_EVERY_S, Backpressure
from fetcher.pressure import room_under
from lifecycle.shop import Shop

STORE = "harbor.myshopify.com"


async def test_a_shop_s_bulk_waits_for_its_store_and_then_goes_on() -> None:
    asked: list[str] = []
    slept: list[float] = []
    now = 0.0

    async def nobody_lags() -> dict[str, int]:
        return {"mapper": 0}

    async def backlog(store: str) -> float:
        asked.append(store)
        return 121.0 if len(asked) < 3 else 119.0

    async def sleep(seconds: float) -> Any:
        nonlocal now
        slept.append(seconds)
        now += seconds

    room = room_under(Backpressure(nobody_lags, backlog, lambda: now), sleep)
    await room(Shop(shop_id="1", store=STORE))
    assert asked == [STORE] * 3
    assert slept == [ASK_EVERY_S] * 2


async def test_a_shop_without_store_waits_for_the_groups_only() -> None:
    async def nobody_lags() -> dict[str, int]:
        return {"mapper": 1000}

    async def backlog(store: str) -> float:
        raise AssertionError(store)

    await room_under(Backpressure(nobody_lags, backlog, lambda: 0.0))(Shop(shop_id="1"))
