"""What notifications name is fetched, 50 orders a call; what cannot be done now is due later."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from connections.shop_book import ShopBook
from eventstore import ANY_VERSION, Append
from fetcher.authorisation import ENDED
from fetcher.reading.orders import Reader
from fetcher.webhooks.inbox import CLAIMED_FOR, Taken
from fetcher.webhooks.worker import KNOWN_FOR, WebhookWorker
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from tiktok.errors import AuthorizationLost, NoAnswer, Throttled
from tiktok.webhooks import Notification

SHOP_ID = "7495514739512345678"
LIMIT_S = 2.0


class Calls:
    """Whether the grant covers the shop, or what asking raises."""

    def __init__(self) -> None:
        self.answer: bool | Exception = True

    async def is_covered(self, shop: Shop) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class ListedReader(Reader):
    """Keeps what was asked for; ``failing`` is raised once each."""

    def __init__(self) -> None:
        self.calls = Calls()  # type: ignore[assignment]  # a double of what this test needs of it
        self.fetched: list[tuple[str, ...]] = []
        self.failing: list[Exception] = []

    async def named(self, shop: Shop, order_ids: Sequence[str]) -> int:
        if self.failing:
            raise self.failing.pop(0)
        if order_ids:
            self.fetched.append(tuple(order_ids))
        return len(order_ids)


@dataclass
class Desk:
    home: Any
    reader: ListedReader = field(default_factory=ListedReader)
    _n: int = 0

    def __post_init__(self) -> None:
        home = self.home
        book = ShopBook(home.store)
        self.notified = WebhookWorker(
            home.store, book, home.inbox, self.reader, home.clock, home.metrics
        )

    async def say(self, *said: Event) -> None:
        for event in said:
            self._n += 1
            new = NewEvent(fact_id(str(self._n)), event, self.home.now, Trace("test"))
            stream = shop_stream(getattr(event, "shop_id", ""))
            await self.home.store.append([Append(stream, ANY_VERSION, (new,))])

    async def notify(self, kind: int, *order_ids: str, shop_id: str = SHOP_ID, **more: Any) -> str:
        self._n += 1
        said = Notification(kind, f"n{self._n}", shop_id, None, order_ids, (), **more)
        await self.home.inbox.put(said, self.home.now)
        return said.notification_id

    async def work(self) -> None:
        """Everything that is due now, as one pass of the loop does it."""
        taken = await self.home.inbox.take(self.home.now, (), 500)
        by_shop: dict[str, list[Taken]] = {}
        for one in taken:
            by_shop.setdefault(one.shop_id, []).append(one)
        for shop_id, its in by_shop.items():
            await self.notified.act(shop_id, its)

    async def heard(self) -> list[Event]:
        return [one.event for one in await self.home.store.read(shop_stream(SHOP_ID))]


@pytest.fixture
async def desk(home: Any, connected: Callable[..., Sequence[Event]]) -> Desk:
    made = Desk(home)
    await made.say(*connected())
    return made


@pytest.mark.parametrize("kind", [1, 3, 4, 11, 12])
async def test_orders_that_are_named_are_fetched(desk: Desk, kind: int) -> None:
    await desk.notify(kind, "1", "2")
    await desk.work()
    assert desk.reader.fetched == [("1", "2")]
    assert await desk.home.inbox.waiting() == 0


@pytest.mark.parametrize("kind", [2, 5, 13, 64, 9999])
async def test_what_names_no_order_is_done_without_a_call(desk: Desk, kind: int) -> None:
    await desk.notify(kind, "1")
    await desk.work()
    assert desk.reader.fetched == []
    assert await desk.home.inbox.waiting() == 0


async def test_many_notifications_of_a_shop_are_fetched_together_each_order_once(
    desk: Desk,
) -> None:
    for n in (1, 2, 1, 3, 2):
        await desk.notify(1, str(n))
    await desk.work()
    assert desk.reader.fetched == [("1", "2", "3")]


async def test_of_a_shop_that_is_not_ours_nothing_is_fetched(desk: Desk) -> None:
    await desk.notify(1, "1", shop_id="999")
    await desk.work()
    assert desk.reader.fetched == []
    assert await desk.home.inbox.waiting() == 0


async def test_what_tiktok_does_not_answer_is_due_later_and_then_done(desk: Desk) -> None:
    desk.reader.failing = [NoAnswer("order_detail", "no answer")]
    await desk.notify(1, "1")
    await desk.work()
    assert await desk.home.inbox.waiting() == 1
    await desk.work()
    assert desk.reader.fetched == []
    desk.home.now += timedelta(seconds=2)
    await desk.work()
    assert desk.reader.fetched == [("1",)]
    assert await desk.home.inbox.waiting() == 0


async def test_a_throttled_shop_waits_as_long_as_tiktok_says(desk: Desk) -> None:
    desk.reader.failing = [Throttled("order_detail", "too many", retry_after_s=90)]
    await desk.notify(1, "1")
    await desk.work()
    desk.home.now += timedelta(seconds=89)
    await desk.work()
    assert desk.reader.fetched == []
    desk.home.now += timedelta(seconds=2)
    await desk.work()
    assert desk.reader.fetched == [("1",)]


async def test_what_a_dead_worker_took_is_taken_by_another(desk: Desk) -> None:
    await desk.notify(1, "1")
    await desk.home.inbox.take(desk.home.now, (), 500)
    await desk.work()
    assert desk.reader.fetched == []
    desk.home.now += CLAIMED_FOR
    await desk.work()
    assert desk.reader.fetched == [("1",)]


async def test_a_withdrawn_authorisation_pauses_the_shop_once(desk: Desk) -> None:
    desk.reader.calls.answer = AuthorizationLost("authorized_shops", "withdrawn")  # type: ignore[attr-defined]  # the double's
    for _ in range(2):
        await desk.notify(6)
        await desk.work()
    paused = [event for event in await desk.heard() if isinstance(event, events.ShopPaused)]
    assert paused == [events.ShopPaused(shop_id=SHOP_ID, side="tiktok", reason_code=ENDED)]


async def test_a_withdrawal_that_is_old_news_pauses_nothing(desk: Desk) -> None:
    await desk.notify(6)
    await desk.work()
    assert not [event for event in await desk.heard() if isinstance(event, events.ShopPaused)]


async def test_an_authorisation_that_ends_soon_is_said_once_though_tiktok_says_it_daily(
    desk: Desk,
) -> None:
    ends_at = desk.home.now + timedelta(days=20)
    for _ in range(3):
        await desk.notify(7, expires_at=ends_at)
        await desk.work()
    said = [one for one in await desk.heard() if isinstance(one, events.AuthorizationExpiring)]
    assert said == [
        events.AuthorizationExpiring(shop_id=SHOP_ID, side="tiktok", expires_at=ends_at)
    ]


async def test_the_loop_looks_as_soon_as_something_arrives_and_gathers_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fetching = asyncio.Event(), asyncio.Event()
    named = desk.reader.named

    async def slowly(shop: Shop, order_ids: Sequence[str]) -> int:
        fetching.set()
        await slow.wait()
        return await named(shop, order_ids)

    settled = asyncio.Event()
    done = desk.home.inbox.done

    async def then_settled(ids: Sequence[str], now: Any) -> None:
        await done(ids, now)
        if not await desk.home.inbox.waiting():
            settled.set()

    monkeypatch.setattr(desk.reader, "named", slowly)
    monkeypatch.setattr(desk.home.inbox, "done", then_settled)
    running = asyncio.create_task(desk.notified.run())
    try:
        async with asyncio.timeout(LIMIT_S):
            await desk.notify(1, "1")
            desk.notified.arrived()
            await fetching.wait()
            for n in range(2, 5):
                await desk.notify(1, str(n))
                desk.notified.arrived()
            slow.set()
            await settled.wait()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert desk.reader.fetched == [("1",), ("2", "3", "4")]


async def test_done_notifications_are_forgotten_after_tiktok_s_last_repetition(desk: Desk) -> None:
    await desk.notify(1, "1")
    await desk.work()
    assert await desk.home.inbox.forget(desk.home.now - KNOWN_FOR) == 0
    assert await desk.home.inbox.forget(desk.home.now + timedelta(seconds=1)) == 1
