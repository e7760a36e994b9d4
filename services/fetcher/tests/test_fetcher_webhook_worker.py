"""What notifications name is fetched, 50 orders a call; what cannot be done now is due later."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from services.fetcher.tests.notifications import body, signed
from tests.world.story import SHOP_ID, connected

from eventstore.journal import Contention
from fetcher.authorisations import ENDED
from fetcher.webhooks.endpoint import PATH
from fetcher.webhooks.inbox import CLAIMED_FOR
from fetcher.webhooks.worker import KNOWN_FOR
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from tiktok.webhooks import Notification

LIMIT_S = 2.0


class TikTok:
    """Keeps which orders were asked for; answers ``failing`` first, then with what is scripted."""

    def __init__(self) -> None:
        self.fetched: list[tuple[str, ...]] = []
        self.failing: list[httpx.Response] = []
        self.covered: list[str] | None = [SHOP_ID]
        self.slow: asyncio.Event | None = None
        self.fetching = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/authorization/"):
            return self._shops()
        self.fetching.set()
        if self.slow is not None:
            await self.slow.wait()
        if self.failing:
            return self.failing.pop(0)
        self.fetched.append(tuple(request.url.params["ids"].split(",")))
        return httpx.Response(200, json={"code": 0, "data": {"orders": []}})

    def _shops(self) -> httpx.Response:
        if self.covered is None:
            return httpx.Response(401, json={"code": 105001, "message": "withdrawn"})
        shops = [{"id": shop_id, "cipher": "cipher"} for shop_id in self.covered]
        return httpx.Response(200, json={"code": 0, "data": {"shops": shops}})


@dataclass
class NotifiedShop:
    home: Any
    tiktok: TikTok = field(default_factory=TikTok)
    _n: int = 0

    async def notify(self, kind: int, *order_ids: str, shop_id: str = SHOP_ID, **more: Any) -> str:
        self._n += 1
        said = Notification(kind, f"n{self._n}", shop_id, None, order_ids, (), **more)
        await self.home.inbox.put(said, self.home.now)
        return said.notification_id

    async def post(self, order_id: str) -> None:
        """TikTok notifies the endpoint of an order."""
        self._n += 1
        raw = body(f"n{self._n}", data={"order_id": order_id})
        endpoint = httpx.ASGITransport(self.home.service.endpoints["webhooks"])
        async with httpx.AsyncClient(transport=endpoint, base_url="http://app") as http:
            answer = await http.post(PATH, content=raw, headers=signed(raw))
        assert answer.status_code == 200

    async def work(self) -> None:
        """Everything that is due now, as one pass of the loop does it."""
        await self.home.service.rounds["inbox"]()

    async def hear(self, kind: int, *order_ids: str, **more: Any) -> None:
        """A notification comes and is worked on."""
        await self.notify(kind, *order_ids, **more)
        await self.work()

    async def heard(self) -> list[Event]:
        return [recorded.event for recorded in await self.home.store.read(shop_stream(SHOP_ID))]


@pytest.fixture
async def shop(home: Any) -> NotifiedShop:
    made = NotifiedShop(home)
    home.network = httpx.MockTransport(made.tiktok)
    await home.authorise(SHOP_ID)
    await home.record(*connected())
    return made


@pytest.mark.parametrize("kind", [1, 3, 4, 11, 12])
async def test_orders_that_are_named_are_fetched(shop: NotifiedShop, kind: int) -> None:
    await shop.hear(kind, "1", "2")
    assert shop.tiktok.fetched == [("1", "2")]
    assert await shop.home.inbox.waiting() == 0


@pytest.mark.parametrize("kind", [2, 5, 13, 64, 9999])
async def test_what_names_no_order_is_done_without_a_call(shop: NotifiedShop, kind: int) -> None:
    await shop.hear(kind, "1")
    assert shop.tiktok.fetched == []
    assert await shop.home.inbox.waiting() == 0


async def test_many_notifications_of_a_shop_are_fetched_together_each_order_once(
    shop: NotifiedShop,
) -> None:
    for n in (1, 2, 1, 3, 2):
        await shop.notify(1, str(n))
    await shop.work()
    assert shop.tiktok.fetched == [("1", "2", "3")]


async def test_of_a_shop_that_is_not_ours_nothing_is_fetched(shop: NotifiedShop) -> None:
    await shop.hear(1, "1", shop_id="999")
    assert shop.tiktok.fetched == []
    assert await shop.home.inbox.waiting() == 0


async def test_what_tiktok_does_not_answer_is_due_later_and_then_done(shop: NotifiedShop) -> None:
    shop.tiktok.failing = [httpx.Response(503)]
    await shop.hear(1, "1")
    assert await shop.home.inbox.waiting() == 1
    await shop.work()
    assert shop.tiktok.fetched == []
    shop.home.now += timedelta(seconds=2)
    await shop.work()
    assert shop.tiktok.fetched == [("1",)]
    assert await shop.home.inbox.waiting() == 0


async def test_a_notification_that_meets_other_writers_is_put_back_and_the_worker_goes_on(
    shop: NotifiedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faster(*_: Any) -> int:
        raise Contention("1 streams changed 20 times")

    with monkeypatch.context() as patched:
        patched.setattr(shop.home.service.reader, "named", faster)
        await shop.hear(1, "1")
    assert await shop.home.inbox.waiting() == 1
    shop.home.now += timedelta(seconds=2)
    await shop.work()
    assert shop.tiktok.fetched == [("1",)]


async def test_a_throttled_shop_waits_as_long_as_tiktok_says(shop: NotifiedShop) -> None:
    shop.tiktok.failing = [httpx.Response(429, json={}, headers={"Retry-After": "90"})]
    await shop.hear(1, "1")
    shop.home.now += timedelta(seconds=89)
    await shop.work()
    assert shop.tiktok.fetched == []
    shop.home.now += timedelta(seconds=2)
    await shop.work()
    assert shop.tiktok.fetched == [("1",)]


async def test_what_a_dead_worker_took_is_taken_by_another(shop: NotifiedShop) -> None:
    await shop.notify(1, "1")
    await shop.home.inbox.take(shop.home.now, (), 500)
    await shop.work()
    assert shop.tiktok.fetched == []
    shop.home.now += CLAIMED_FOR
    await shop.work()
    assert shop.tiktok.fetched == [("1",)]


async def test_a_withdrawn_authorisation_pauses_the_shop_once(shop: NotifiedShop) -> None:
    shop.tiktok.covered = None
    for _ in range(2):
        await shop.hear(6)
    paused = [event for event in await shop.heard() if isinstance(event, events.ShopPaused)]
    assert paused == [events.ShopPaused(shop_id=SHOP_ID, side="tiktok", reason_code=ENDED)]


async def test_a_withdrawal_that_is_old_news_pauses_nothing(shop: NotifiedShop) -> None:
    await shop.hear(6)
    assert not [event for event in await shop.heard() if isinstance(event, events.ShopPaused)]


async def test_an_authorisation_that_ends_soon_is_said_once_though_tiktok_says_it_daily(
    shop: NotifiedShop,
) -> None:
    ends_at = shop.home.now + timedelta(days=20)
    for _ in range(3):
        await shop.hear(7, expires_at=ends_at)
    said = [
        event for event in await shop.heard() if isinstance(event, events.AuthorizationExpiring)
    ]
    assert said == [
        events.AuthorizationExpiring(shop_id=SHOP_ID, side="tiktok", expires_at=ends_at)
    ]


async def test_the_loop_looks_as_soon_as_something_arrives_and_gathers_meanwhile(
    shop: NotifiedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = shop.tiktok.slow = asyncio.Event()
    settled = asyncio.Event()
    done = shop.home.inbox.done

    async def then_settled(ids: Sequence[str], now: Any, by: str) -> int:
        settled_now: int = await done(ids, now, by)
        if not await shop.home.inbox.waiting():
            settled.set()
        return settled_now

    monkeypatch.setattr(shop.home.inbox, "done", then_settled)
    running = asyncio.create_task(shop.home.service.tasks["inbox"]())
    try:
        async with asyncio.timeout(LIMIT_S):
            await shop.post("1")
            await shop.tiktok.fetching.wait()
            for n in range(2, 5):
                await shop.post(str(n))
            slow.set()
            await settled.wait()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert shop.tiktok.fetched == [("1",), ("2", "3", "4")]


async def test_done_notifications_are_forgotten_after_tiktok_s_last_repetition(
    shop: NotifiedShop,
) -> None:
    await shop.hear(1, "1")
    assert await shop.home.inbox.forget(shop.home.now - KNOWN_FOR) == 0
    assert await shop.home.inbox.forget(shop.home.now + timedelta(seconds=1)) == 1
