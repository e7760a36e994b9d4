"""Shops as they are now: read once, kept current, and the same as their folded streams."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.foldings import SHOPS
from connections.shop_book import ShopBook
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from lifecycle.shop import Shop, fold
from ordersync_contracts import events
from ordersync_contracts.codec import UnreadableEvent
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import OrderSettings
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
STORE, OTHER = "sunny-mugs.myshopify.com", "harbor.myshopify.com"


class Shops(MemoryEventStore):
    """Records each event an hour after the one before; ``asked``: what was read of it."""

    def __init__(self) -> None:
        super().__init__(self._later)
        self.now = NOW
        self.asked: list[str] = []

    def _later(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now

    async def say(self, event: events.ShopEvent) -> None:
        new = NewEvent(fact_id(self.now.isoformat()), event, NOW, Trace("test"))
        await self.append([Append(shop_stream(event.shop_id), ANY_VERSION, (new,))])

    async def head(self) -> int:
        self.asked.append("head")
        await asyncio.sleep(0)
        return await super().head()

    async def streams(
        self, category: str, after: str = "", limit: int | None = None
    ) -> tuple[str, ...]:
        if not after:
            self.asked.append("all")
        return await super().streams(category, after, limit)


class Unheard(events.ShopEvent):
    """What only a newer release knows."""


def connected(shop_id: str, store: str | None = STORE) -> events.ShopConnected:
    return events.ShopConnected(
        shop_id=shop_id,
        name="Sunny Mugs",
        region="US",
        grant_id="grant-1",
        store=store,
        window_begins_at=NOW,
        connected_at=NOW,
        connected_by="owner",
    )


def any_event(shop_id: str) -> "st.SearchStrategy[events.ShopEvent]":
    its = {"shop_id": shop_id}
    sides = st.sampled_from(("tiktok", "shopify"))
    stores = st.sampled_from((STORE, OTHER))
    return st.one_of(
        st.builds(connected, st.just(shop_id), st.none() | stores),
        st.just(events.ShopDisconnected(**its, disconnected_by="owner")),
        st.builds(lambda s: events.ShopPaused(**its, side=s, reason_code="token_invalid"), sides),
        st.builds(lambda s: events.ShopResumed(**its, side=s), sides),
        st.builds(lambda s: events.AdoptionFinished(**its, store=s, app_id="1"), stores),
        st.builds(lambda s: events.AdoptionRequested(**its, store=s, requested_by="ana"), stores),
        st.just(events.WindowMoved(**its, begins_at=NOW, moved_by="ana")),
        st.just(
            events.OrderSettingsChanged(
                **its, settings=OrderSettings(automatic_sync=True), changed_by="ana"
            )
        ),
    )


@given(st.lists(any_event("1") | any_event("2"), max_size=12), st.sets(st.integers(0, 12)))
async def test_a_kept_shop_is_the_folded_shop_whenever_it_was_looked_at(
    history: list[events.ShopEvent], looked_at: set[int]
) -> None:
    shops = Shops()
    book = ShopBook(shops)
    for n, event in enumerate(history):
        if n in looked_at:
            await book.all()
        await shops.say(event)
    named = sorted({event.shop_id for event in history})
    folded = [fold(await shops.read(shop_stream(shop_id))) for shop_id in named]
    assert await book.all() == tuple(folded)


@given(st.lists(any_event("1"), min_size=1, max_size=12), st.integers(1, 12))
async def test_a_shop_that_goes_on_from_its_snapshot_is_the_folded_shop(
    history: list[events.ShopEvent], kept_at: int
) -> None:
    shops = Shops()
    for event in history:
        await shops.say(event)
    whole = await shops.read(shop_stream("1"))
    kept = SHOPS.adapter.dump_json(fold(whole[:kept_at]))
    again = SHOPS.adapter.validate_json(kept)
    assert reduce(SHOPS.evolve, whole[kept_at:], again) == fold(whole)


async def test_a_shop_is_current_at_every_call_and_all_are_read_once() -> None:
    shops = Shops()
    book = ShopBook(shops)
    assert await book.get("1") == Shop()
    await shops.say(connected("1"))
    await shops.say(connected("2", OTHER))
    assert (await book.get("1")).is_connected
    assert [shop.shop_id for shop in await book.of_store(OTHER)] == ["2"]
    await shops.say(events.ShopDisconnected(shop_id="1", disconnected_by="a"))
    assert not (await book.get("1")).is_connected
    assert shops.asked.count("all") == 1


async def test_an_event_of_a_newer_release_moves_the_version_and_nothing_else() -> None:
    shops = Shops()
    book = ShopBook(shops)
    await shops.say(connected("1"))
    before = await book.get("1")
    await shops.say(Unheard(shop_id="1"))
    assert await book.get("1") == replace(before, version=2) == (await ShopBook(shops).get("1"))
    await shops.say(events.ShopDisconnected(shop_id="1", disconnected_by="a"))
    assert (await book.get("1")).is_connected is False


async def test_calls_at_the_same_time_share_one_read() -> None:
    shops = Shops()
    book = ShopBook(shops)
    await shops.say(connected("1"))
    found = await asyncio.gather(*(book.get("1") for _ in range(20)))
    assert {shop.shop_id for shop in found} == {"1"}
    assert shops.asked in (["head", "all"], ["head", "all", "head"])


async def test_a_shop_that_cannot_be_read_stays_as_it_was_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: Any = Recorded.__dict__["event"]
    bad: set[str] = set()

    def event(recorded: Recorded) -> Any:
        if recorded.stream in bad:
            raise UnreadableEvent("planted")
        return read.__get__(recorded)

    monkeypatch.setattr(Recorded, "event", property(event))
    store = Shops()
    book = ShopBook(store)
    await store.say(connected("1"))
    await book.all()
    bad.add(shop_stream("2"))
    await store.say(connected("2", OTHER))
    await store.say(connected("3"))
    assert [shop.shop_id for shop in await book.all()] == ["1", "3"]
    assert (await book.ids(), await book.unread()) == (("1", "2", "3"), ("2",))
    bad.clear()
    assert [shop.shop_id for shop in await book.all()] == ["1", "2", "3"]
    assert (await book.ids(), await book.unread()) == (("1", "2", "3"), ())
