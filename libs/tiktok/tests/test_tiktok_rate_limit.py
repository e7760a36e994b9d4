"""Calls keep to what TikTok takes of a shop and endpoint, and find out how much that is."""

from datetime import UTC, datetime

import httpx
import pytest

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.errors import Throttled
from tiktok.rate_limit import Limits, RateLimit


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def rate_limit(time: Time) -> RateLimit:
    return RateLimit(time, time.sleep, Limits(start=10.0, least=1.0, raise_after_s=60.0))


async def test_calls_of_a_shop_and_endpoint_are_spread_over_time(
    rate_limit: RateLimit, time: Time
) -> None:
    for _ in range(21):
        await rate_limit.turn("shop", "orders_search")
    assert time.now == pytest.approx(2.0)


async def test_another_shop_and_another_endpoint_wait_for_nothing(
    rate_limit: RateLimit, time: Time
) -> None:
    for _ in range(11):
        await rate_limit.turn("shop", "orders_search")
    at = time.now
    await rate_limit.turn("other", "orders_search")
    await rate_limit.turn("shop", "order_detail")
    assert time.now == at


async def test_a_refusal_stops_the_lane_until_its_time_is_over_and_halves_it(
    rate_limit: RateLimit, time: Time
) -> None:
    await rate_limit.turn("shop", "orders_search")
    rate_limit.refused("shop", "orders_search", 7.0)
    await rate_limit.turn("shop", "orders_search")
    assert time.now == pytest.approx(7.0)
    assert rate_limit.rate("shop", "orders_search") == 5.0


async def test_a_refusal_that_says_no_time_waits_a_second(
    rate_limit: RateLimit, time: Time
) -> None:
    rate_limit.refused("shop", "orders_search", None)
    await rate_limit.turn("shop", "orders_search")
    assert time.now == pytest.approx(1.0)


async def test_the_rate_never_falls_to_nothing(rate_limit: RateLimit) -> None:
    for _ in range(20):
        rate_limit.refused("shop", "orders_search", 0.0)
    assert rate_limit.rate("shop", "orders_search") == 1.0


async def test_quiet_times_raise_it_by_a_quarter_up_to_where_it_began(
    rate_limit: RateLimit, time: Time
) -> None:
    rate_limit.refused("shop", "orders_search", 0.0)
    seen = []
    for _ in range(5):
        time.now += 60
        await rate_limit.turn("shop", "orders_search")
        seen.append(rate_limit.rate("shop", "orders_search"))
    assert seen == [6.25, 7.8125, 9.765625, 10.0, 10.0]


async def test_a_client_with_a_pace_waits_its_turn_and_tells_of_refusals(
    rate_limit: RateLimit, time: Time
) -> None:
    answers = [httpx.Response(429, json={}, headers={"Retry-After": "7"})]

    def answer(_: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else httpx.Response(200, json={"code": 0, "data": {}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        now = datetime(2026, 11, 25, tzinfo=UTC)
        client = TikTokClient(http, App("key", "secret"), clock=lambda: now, rate_limit=rate_limit)
        with pytest.raises(Throttled):
            await client.orders_search(Shop("token", "cipher"))
        await client.orders_search(Shop("token", "another shop's"))
        assert time.now == 0
        await client.orders_search(Shop("token", "cipher"))
    assert time.now == pytest.approx(7.0)
