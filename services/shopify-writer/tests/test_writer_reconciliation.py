"""Doubles, strangers and deletions are found; nothing else is said, and nothing is deleted."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from tests.world.story import SHOP_ID, STORE

from eventstore.journal import Journal
from jobs.budget_queue import NotNow
from ordersync_contracts import events
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream, reconciliation_stream
from runtime.backoff import Backoff
from shopify.answers import CallFacts, Done, DoubtReason, Unclear
from shopify_writer.reconciliation.listing import Listing
from shopify_writer.reconciliation.reconciling import LAG
from shopify_writer.unanswered import Asking

ORDERS = tuple(f"57646141303878575{n}" for n in range(5))


def gid(number: int) -> str:
    return f"gid://shopify/Order/{number}"


@dataclass
class Store:
    """The orders that stand in the store: gid → TikTok order id; its search may lag behind."""

    world: Any
    orders: dict[str, str] = field(default_factory=dict)
    still_listed: dict[str, str] = field(default_factory=dict)
    not_listed: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    is_down: bool = False
    is_full: bool = False
    page_size: int = 2

    @asynccontextmanager
    async def admitted(
        self, store: str, lane: Any, documents: Sequence[str]
    ) -> AsyncIterator[None]:
        if self.is_full:
            raise NotNow(60.0)
        self.lanes.append(lane)
        yield

    async def execute(self, store: str, what: Any, variables: Any, *, guard: Any = None) -> Any:
        self.calls.append(what)
        facts = CallFacts(sent_at=self.world.now)
        if self.is_down:
            return Unclear(DoubtReason.SERVER_ERROR, "http_503", call=facts)
        if what == "orders_read_back":
            return Done(
                {"nodes": [self._node(shopify_id) for shopify_id in variables["ids"]]}, call=facts
            )
        assert what == "orders_recent"
        return Done({"orders": self._page(variables["after"])}, call=facts)

    def _page(self, after: str | None) -> dict[str, Any]:
        listed = {**self.orders, **self.still_listed}
        shown = sorted(shopify_id for shopify_id in listed if shopify_id not in self.not_listed)
        begin = int(after or 0)
        end = begin + self.page_size
        nodes = [self._shown(shopify_id, listed[shopify_id]) for shopify_id in shown[begin:end]]
        more = end < len(shown)
        return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": str(end)}}

    def _node(self, shopify_id: str) -> dict[str, Any] | None:
        if shopify_id not in self.orders:
            return None
        money = {"shopMoney": {"amount": "24.97", "currencyCode": "USD"}}
        return {**self._shown(shopify_id, self.orders[shopify_id]), "totalPriceSet": money}

    def _shown(self, shopify_id: str, order_id: str) -> dict[str, Any]:
        return {
            "id": shopify_id,
            "legacyResourceId": shopify_id.rpartition("/")[2],
            "name": "#1",
            "createdAt": self.world.now.isoformat(),
            "metafield": {"value": order_id} if order_id else None,
        }


@dataclass
class Home:
    """A world with orders created by us, and the reconciliation of their store."""

    world: Any
    store: Store
    reconcile: Callable[[], Awaitable[object]]

    async def created(self, order_id: str, shopify_id: str) -> None:
        event = events.ShopifyOrderCreated(
            shop_id=SHOP_ID,
            order_id=order_id,
            outcome="created",
            store=STORE,
            shopify_order_id=shopify_id,
        )
        stream = order_stream(SHOP_ID, order_id)
        journal = Journal(self.world.store, "test", self.world.clock.wall)
        await journal.fact(stream, created_id(STORE, shopify_id), event)

    async def round(self) -> None:
        self.world.now += timedelta(hours=2)
        await self.reconcile()

    async def names(self, order_id: str) -> list[str]:
        history = await self.world.store.read(order_stream(SHOP_ID, order_id))
        return [said.name for said in history]

    async def proofs(self) -> list[Any]:
        history = await self.world.store.read(reconciliation_stream(SHOP_ID))
        return [said.event for said in history]


@pytest.fixture
async def home(world: Any) -> Home:
    store = Store(world)
    reconcile = world.use(shopify=store).rounds["reconcile"]
    made = Home(world, store, reconcile)
    for n, order_id in enumerate(ORDERS):
        store.orders[gid(n)] = order_id
        await made.created(order_id, gid(n))
    return made


async def test_a_store_that_agrees_is_read_to_its_end_and_nothing_is_said(home: Home) -> None:
    await home.round()
    assert home.store.calls == ["orders_recent"] * 3
    assert not await home.proofs()
    assert {(await home.names(order_id))[-1] for order_id in ORDERS} == {"ShopifyOrderCreated"}


async def test_a_double_is_said_once_in_its_orders_stream_and_stays_in_shopify(home: Home) -> None:
    home.store.orders[gid(90)] = ORDERS[1]
    await home.round()
    await home.round()
    history = await home.world.store.read(order_stream(SHOP_ID, ORDERS[1]))
    (said,) = [recorded.event for recorded in history if recorded.name == "ShopifyUpdateFailed"]
    assert (said.reason_code, said.content) == ("doubled_in_shopify", gid(90))
    assert said.shopify_order_id == gid(1)
    (proof,) = await home.proofs()
    assert (proof.doubled, proof.removed, proof.strangers) == (1, 0, ())
    assert set(home.store.calls) == {"orders_recent", "orders_read_back"}


async def test_an_order_with_our_id_that_no_event_tells_of_is_a_stranger(home: Home) -> None:
    home.store.orders[gid(91)] = "576461413038785799"
    home.store.orders[gid(92)] = ""
    await home.round()
    (proof,) = await home.proofs()
    assert proof.strangers == (gid(91),)


async def test_the_same_strangers_are_said_once_and_others_at_once(home: Home) -> None:
    home.store.orders[gid(91)] = "576461413038785799"
    await home.round()
    await home.round()
    home.store.orders[gid(90)] = "576461413038785798"
    await home.round()
    await home.round()
    del home.store.orders[gid(90)], home.store.orders[gid(91)]
    await home.round()
    await home.round()
    said = [proof.strangers for proof in await home.proofs()]
    assert said == [(gid(91),), (gid(90), gid(91)), ()]


async def test_strangers_that_stay_are_not_forgotten_when_something_else_is_said(
    home: Home,
) -> None:
    home.store.orders[gid(91)] = "576461413038785799"
    await home.round()
    del home.store.orders[gid(3)]
    await home.round()
    await home.round()
    said = [(proof.removed, proof.strangers) for proof in await home.proofs()]
    assert said == [(0, (gid(91),)), (1, (gid(91),))]


async def test_a_deleted_order_is_removed_after_it_was_looked_up(home: Home) -> None:
    del home.store.orders[gid(3)]
    await home.round()
    await home.round()
    history = await home.world.store.read(order_stream(SHOP_ID, ORDERS[3]))
    assert [said.name for said in history] == ["ShopifyOrderCreated", "ShopifyOrderRemoved"]
    assert history[-1].event.seen_by == "reconciliation"
    (proof,) = await home.proofs()
    assert proof.removed == 1


async def test_an_order_that_the_search_only_does_not_show_yet_is_not_removed(home: Home) -> None:
    home.store.not_listed.add(gid(3))
    await home.round()
    assert await home.names(ORDERS[3]) == ["ShopifyOrderCreated"]


async def test_an_order_younger_than_the_searchs_lag_is_not_even_looked_for(home: Home) -> None:
    home.store.not_listed.add(gid(3))
    home.world.now += LAG - timedelta(seconds=1)
    await home.reconcile()
    assert "orders_read_back" not in home.store.calls


async def test_a_deleted_double_that_the_search_still_shows_is_no_double(home: Home) -> None:
    home.store.still_listed[gid(90)] = ORDERS[1]
    await home.round()
    assert await home.names(ORDERS[1]) == ["ShopifyOrderCreated"]


@pytest.mark.parametrize("trouble", ["is_down", "is_full"])
async def test_a_store_that_does_not_answer_proves_nothing(home: Home, trouble: str) -> None:
    home.store.orders.clear()
    setattr(home.store, trouble, True)
    await home.round()
    assert {(await home.names(order_id))[-1] for order_id in ORDERS} == {"ShopifyOrderCreated"}
    setattr(home.store, trouble, False)
    await home.round()
    assert {(await home.names(order_id))[-1] for order_id in ORDERS} == {"ShopifyOrderRemoved"}


async def test_it_is_done_in_the_bulk_lane_and_once_a_period(home: Home) -> None:
    await home.round()
    before = len(home.store.calls)
    home.world.now += timedelta(minutes=59)
    await home.reconcile()
    assert len(home.store.calls) == before
    assert set(home.store.lanes) == {"bulk"}


async def test_believing_the_search_alone_would_remove_an_order_that_stands(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: absence in the listing taken for a deletion."""

    async def nothing(*_: Any) -> frozenset[str]:
        return frozenset()

    store, asking = home.store, Asking(Backoff(), random.random, home.world.clock.sleep)
    listing = Listing(cast("Any", store), asking)
    assert await listing.standing(STORE, [gid(3)]) == {gid(3)}
    monkeypatch.setattr(Listing, "standing", nothing)
    home.store.not_listed.add(gid(3))
    await home.round()
    assert (await home.names(ORDERS[3]))[-1] == "ShopifyOrderRemoved"
