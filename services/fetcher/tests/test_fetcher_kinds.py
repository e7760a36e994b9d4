"""Each kind of work fails alone and goes on where it was, however often calls fail."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from services.fetcher.tests.followed_shops import Shops
from services.fetcher.tests.polled_shop import PolledShop
from structlog.testing import capture_logs
from tests.world.story import raw_order

from fetcher.polling.kinds import Kind, Lanes
from fetcher.polling.poller import ShopPoller
from lifecycle.shop import Shop
from tiktok.errors import TikTokError

MINUTE = timedelta(minutes=1)
PAGES = 200
Meddle = Callable[[httpx.Request, dict[str, Any]], Any]


def refusing(is_refused: Callable[[bytes], bool]) -> Meddle:
    """TikTok fails for searches whose body is so."""

    async def meddle(request: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        if is_refused(request.content):
            return {"code": 36009003, "message": "internal", "request_id": "r"}
        return body

    return meddle


async def attempted(world: PolledShop, kind: Kind) -> bool:
    """Whether one attempt at the kind went well."""
    try:
        await kind.do(world.shop)
    except TikTokError:
        return False
    return True


def kind_of(poller: ShopPoller, name: str) -> Kind:
    return next(kind for kind in poller.kinds if kind.name == name)


async def test_a_status_that_cannot_be_swept_stops_neither_history_nor_other_statuses(
    world: PolledShop,
) -> None:
    await world.step()
    at = int((world.home.now - timedelta(days=20)).timestamp())
    old = raw_order(id="old", status="COMPLETED", create_time=at, update_time=at)
    await world.place(old, as_given=True)
    await world.place(raw_order(id="5", status="DELIVERED"), raw_order(id="6"))
    await world.step(MINUTE)
    await world.change("6", tracking_number="1Z999")
    world.shop = replace(world.shop, window_begins_at=world.home.now - timedelta(days=30))
    world.network.meddle = refusing(lambda body: b'"UNPAID"' in body or b'"DELIVERED"' in body)
    world.home.now += 20 * MINUTE
    failures: Counter[str] = Counter()

    async def attempt(kind: Kind, shop: Shop) -> float | None:
        is_well = await attempted(world, kind)
        failures[kind.name] += not is_well
        return None if is_well else 60.0

    async def look() -> Shop:
        return world.shop

    lanes = Lanes(world.poller.kinds, attempt, look, world.seconds)
    for _ in range(3):
        world.home.now += MINUTE
        async with asyncio.TaskGroup() as tasks:
            lanes.begin(world.shop, tasks)
    assert await world.statuses("old") == ["COMPLETED"]
    assert (await world.snapshots("6"))[-1].tracking_number == "1Z999"
    assert +failures == {"sweep UNPAID": 3, "sweep DELIVERED": 3}
    world.network.meddle = None
    await world.step(MINUTE)
    assert not [kind for kind in world.poller.kinds if kind.is_due(world.shop)]


class Flaky:
    """Fails every so many searches of orders."""

    def __init__(self, every: int) -> None:
        self.calls, self.every = 0, every

    def __call__(self, _: bytes) -> bool:
        self.calls += 1
        return self.calls % self.every == 0


async def test_a_sweep_of_two_hundred_pages_is_got_through_with_every_fiftieth_call_failing(
    make_home: Callable[..., Any],
) -> None:
    """Each attempt goes on where the last one was broken off, also with another poller."""
    world = PolledShop(make_home(orders_per_page=1))
    await world.open()
    await world.poller.poll(world.shop)
    now = int(world.home.now.timestamp())
    orders = [raw_order(id=str(n), create_time=now - 3600 + n) for n in range(PAGES)]
    await world.place(*orders)
    world.home.now += 20 * MINUTE
    flaky = Flaky(50)
    world.network.meddle = refusing(flaky)
    attempts = 0
    while kind_of(world.poller, "sweep AWAITING_SHIPMENT").is_due(world.shop):
        attempts += 1
        await attempted(world, kind_of(world.poller, "sweep AWAITING_SHIPMENT"))
        await world.take_over()
        assert attempts < 10
    assert len(await world.home.store.streams("order")) == PAGES
    assert flaky.calls < PAGES + 3 * attempts


@pytest.mark.parametrize("name", ["poll", "history"])
async def test_a_long_window_is_got_through_although_calls_fail(
    make_home: Callable[..., Any], name: str
) -> None:
    """A day of 200 pages; every twentieth call fails, so no 20 pages in one piece succeed."""
    world = PolledShop(make_home(orders_per_page=1), days=2)
    await world.open()
    await world.step()
    now = int(world.home.now.timestamp())
    if name == "history":
        at = [now - 4 * 86_400 + 400 * n for n in range(PAGES)]
        orders = [raw_order(id=str(n), create_time=t, update_time=t) for n, t in enumerate(at)]
        await world.place(*orders, as_given=True)
        world.shop = replace(world.shop, window_begins_at=world.home.now - timedelta(days=4))
    else:
        for n in range(PAGES):
            world.home.now += timedelta(seconds=400)
            await world.place(raw_order(id=str(n)))
        world.home.now += timedelta(seconds=400)
    flaky = Flaky(20)
    world.network.meddle = refusing(flaky)
    attempts = 0
    while len(await world.home.store.streams("order")) < PAGES:
        attempts += 1
        assert attempts < 60
        if name == "history":
            await attempted(world, kind_of(world.poller, "history"))
        else:
            try:
                await world.poller.poll(world.shop)
            except TikTokError:
                continue
    assert attempts > 1


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(500, json={"code": 36009003, "message": "internal"}),
        httpx.Response(403, json={"code": 105005, "message": "scope"}),
        httpx.Response(200, content=b"<html>"),
    ],
    ids=["fails", "needs a scope", "is HTML"],
)
async def test_a_kind_of_call_that_is_out_holds_up_no_other_and_pauses_no_shop(
    shops: Shops, refusal: httpx.Response
) -> None:
    """Cancellations are refused for good and packages never answer: orders are polled on time."""
    asked: Counter[str] = Counter()

    async def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/search")[0].rpartition("/")[2]
        asked[name] += 1
        if name == "packages":
            await asyncio.Event().wait()
        return refusal if name == "cancellations" else await shops.answer(request)

    shops.home.network = httpx.MockTransport(answer)
    await shops.connect("1")
    with capture_logs() as logs:
        async with shops.following():
            await shops.until_steps("1", 50)
    assert (asked["packages"], asked["cancellations"]) == (1, 1)
    assert {line["kind"] for line in logs if line["event"] == "shop.not_read"} == {"cancellations"}
    assert "ShopPaused" not in await shops.heard("1")
