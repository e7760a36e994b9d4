"""Calls keep to what TikTok takes of a shop and endpoint, and find out how much that is."""

from datetime import UTC, datetime

import httpx
import pytest

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.errors import Throttled
from tiktok.rate_limit import Limits, RateLimit


class Lane:
    """A shop's searches of orders, and the clock that their waits move."""

    def __init__(self) -> None:
        self.now = 0.0
        limits = Limits(start=10.0, least=1.0, raise_after_s=60.0)
        self.limit = RateLimit(lambda: self.now, self.sleep, limits)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def turn(self, shop: str = "shop", endpoint: str = "orders_search") -> None:
        await self.limit.turn(shop, endpoint)

    def refused(self, seconds: float | None) -> None:
        self.limit.refused("shop", "orders_search", seconds)

    @property
    def rate(self) -> float:
        return self.limit.rate("shop", "orders_search")


@pytest.fixture
def lane() -> Lane:
    return Lane()


async def test_calls_of_a_shop_and_endpoint_are_spread_over_time(lane: Lane) -> None:
    for _ in range(21):
        await lane.turn()
    assert lane.now == pytest.approx(2.0)


async def test_another_shop_and_another_endpoint_wait_for_nothing(lane: Lane) -> None:
    for _ in range(11):
        await lane.turn()
    at = lane.now
    await lane.turn("other")
    await lane.turn("shop", "order_detail")
    assert lane.now == at


async def test_a_refusal_stops_the_lane_until_its_time_is_over_and_halves_it(lane: Lane) -> None:
    await lane.turn()
    lane.refused(7.0)
    await lane.turn()
    assert lane.now == pytest.approx(7.0)
    assert lane.rate == 5.0


async def test_a_refusal_that_says_no_time_waits_a_second(lane: Lane) -> None:
    lane.refused(None)
    await lane.turn()
    assert lane.now == pytest.approx(1.0)


async def test_the_rate_never_falls_to_nothing(lane: Lane) -> None:
    for _ in range(20):
        lane.refused(0.0)
    assert lane.rate == 1.0


async def test_quiet_times_raise_it_by_a_quarter_up_to_where_it_began(lane: Lane) -> None:
    lane.refused(0.0)
    seen = []
    for _ in range(5):
        lane.now += 60
        await lane.turn()
        seen.append(lane.rate)
    assert seen == [6.25, 7.8125, 9.765625, 10.0, 10.0]


async def test_a_client_with_a_pace_waits_its_turn_and_tells_of_refusals(lane: Lane) -> None:
    answers = [httpx.Response(429, json={}, headers={"Retry-After": "7"})]

    def answer(_: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else httpx.Response(200, json={"code": 0, "data": {}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        now = datetime(2026, 11, 25, tzinfo=UTC)
        client = TikTokClient(http, App("key", "secret"), clock=lambda: now, rate_limit=lane.limit)
        with pytest.raises(Throttled):
            await client.orders_search(Shop("token", "cipher"))
        await client.orders_search(Shop("token", "another shop's"))
        assert lane.now == 0
        await client.orders_search(Shop("token", "cipher"))
    assert lane.now == pytest.approx(7.0)
