"""One shop followed against a simulated TikTok Shop: nothing is missed, nothing told twice."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connections.grants import GrantAccess, to_credential
from contracts.events import OrderFetched, OrdersReconciled
from contracts.streams import order_stream, reconciliation_stream
from fetcher.aftermath import Aftermath
from fetcher.polling import Means, Rhythm, ShopPoller
from fetcher.reading import Reader
from fetcher.reconciling import CLOSED_AFTER, Reconciliation
from fetcher.tables import Overtaken
from lifecycle.shop import Shop
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.errors import TikTokError
from tiktok.tokens import TokenClient

SHOP_ID = "7495514739512345678"
MINUTE = timedelta(minutes=1)
RHYTHM = Rhythm(
    overlap=2 * MINUTE, sweep_every=timedelta(minutes=15), longest_window=timedelta(days=1)
)
Raw = Callable[..., dict[str, Any]]


@dataclass
class World:
    """A simulator, a poller of one shop, and where its orders end up; all on one clock."""

    home: Any
    http: httpx.AsyncClient = field(init=False)
    reader: Reader = field(init=False)
    shop: Shop = field(init=False)
    poller: ShopPoller = field(init=False)
    means: Means = field(init=False)
    keeps_up: bool = True
    _seen: int = 0

    def __post_init__(self) -> None:
        app = build_app(Settings("key", "secret"), now=self.seconds)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim")
        client_app = App("key", "secret")
        tiktok = TikTokClient(self.http, client_app, clock=self.home.clock, base_url="http://sim")
        self.tokens = TokenClient(
            self.http, client_app, clock=self.home.clock, base_url="http://sim"
        )
        accesses = GrantAccess(self.home.vault, self.tokens, self.home.clock)
        home = self.home
        self.reader = Reader(tiktok, accesses, home.ingest)
        reconciliation = Reconciliation(
            home.store,
            home.census,
            self.reader,
            home.clock,
            home.figures,
            longest_window=RHYTHM.longest_window,
        )
        aftermath = Aftermath(tiktok, self.reader, home.ingest)
        self.means = Means(home.polls, self.reader, aftermath, reconciliation, self.may_add_bulk)

    async def may_add_bulk(self) -> bool:
        return self.keeps_up

    def seconds(self) -> float:
        return float(self.home.now.timestamp())

    async def open(self) -> None:
        """The shop opens, its seller authorises us, and orders count from a week ago."""
        opened = await self.control("PUT", f"/_sim/shops/{SHOP_ID}", {"name": "S", "region": "US"})
        granted = await self.control("POST", "/_sim/grants", {"shop_ids": [SHOP_ID]})
        tokens = await self.tokens.get(granted["auth_code"])
        vault = self.home.vault
        await vault.put_credential("tiktok_shop", SHOP_ID, {"cipher": opened["cipher"]})
        await vault.put_credential("tiktok_grant", "grant-1", to_credential(tokens))
        self.shop = Shop(
            shop_id=SHOP_ID,
            grant_id="grant-1",
            is_connected=True,
            window_begins_at=self.home.now - timedelta(days=7),
        )
        await self.take_over()

    async def take_over(self) -> ShopPoller:
        """A poller as whoever takes the shop over makes it; the one before is overtaken."""
        polls = self.home.polls
        progress = await polls.take_over(SHOP_ID)
        self.poller = ShopPoller(SHOP_ID, progress, self.means, RHYTHM)
        return self.poller

    async def step(self, later: timedelta = timedelta(0)) -> int:
        self.home.now += later
        changed = await self.poller.step(self.shop, self.home.clock)
        while self.keeps_up and self.poller.has_history_left(self.shop):
            changed += await self.poller.step(self.shop, self.home.clock)
        return changed

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def place(self, *orders: dict[str, Any], as_given: bool = False) -> None:
        query = f"shop_id={SHOP_ID}{'&as_given=true' if as_given else ''}"
        await self.control("POST", f"/_sim/orders?{query}", list(orders))

    async def change(self, order_id: str, **patch: Any) -> None:
        await self.control("PATCH", f"/_sim/orders/{order_id}", patch)

    async def statuses(self, order_id: str) -> list[str]:
        history = await self.home.store.read(order_stream(SHOP_ID, order_id))
        return [json.loads(one.data)["status"] for one in history]

    async def order(self, order_id: str) -> dict[str, Any]:
        orders = (await self.control("GET", "/_sim/orders"))["orders"]
        found: dict[str, Any] = next(one for one in orders if one["id"] == order_id)
        return found

    async def snapshots(self, order_id: str) -> list[OrderFetched]:
        found: list[OrderFetched] = await self.home.snapshots(order_id)
        return found

    async def proof(self) -> OrdersReconciled:
        last = (await self.home.store.read(reconciliation_stream(SHOP_ID)))[-1].event
        assert isinstance(last, OrdersReconciled)
        return last

    async def details(self) -> list[str]:
        """The ids asked for by all detail calls so far."""
        requests = (await self.control("GET", "/_sim/requests"))["requests"]
        return [one["query"] for one in requests if one["path"].endswith("/202507/orders")]

    async def searches(self) -> list[dict[str, Any]]:
        """The bodies of all searches since the last time, oldest first."""
        requests = (await self.control("GET", "/_sim/requests"))["requests"]
        found = [one for one in requests if one["path"].endswith("/orders/search")]
        new = found[self._seen :]
        self._seen = len(found)
        return [json.loads(one["body"] or "{}") for one in new]


@pytest.fixture
async def world(home: Any) -> AsyncIterator[World]:
    made = World(home)
    async with made.http:
        await made.open()
        yield made


def aged(raw: Raw, world: World, order_id: str, age: timedelta, **changes: Any) -> dict[str, Any]:
    at = int((world.home.now - age).timestamp())
    return raw(id=order_id, create_time=at, update_time=at, paid_time=at, **changes)


async def test_at_connection_the_past_week_is_read_by_creation_time(world: World, raw: Raw) -> None:
    ages = {"1": timedelta(days=8), "2": timedelta(days=6), "3": timedelta(hours=1)}
    await world.place(*(aged(raw, world, n, age) for n, age in ages.items()), as_given=True)
    assert await world.step() == 2
    assert await world.home.store.streams("order") == (
        order_stream(SHOP_ID, "2"),
        order_stream(SHOP_ID, "3"),
    )
    history = [
        body for body in await world.searches() if len(body) == 2 and "create_time_ge" in body
    ]
    spans = [(body["create_time_ge"], body["create_time_lt"]) for body in history[:7]]
    now = int(world.home.now.timestamp())
    assert spans == [(now - (n + 1) * 86_400, now - n * 86_400) for n in range(7)]


async def test_an_order_placed_while_history_is_read_is_found_by_the_first_poll(
    world: World, raw: Raw
) -> None:
    await world.step()
    await world.place(raw(id="5"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert await world.statuses("5") == ["AWAITING_SHIPMENT"]


async def test_a_new_status_is_one_event_and_polling_on_tells_nothing(
    world: World, raw: Raw
) -> None:
    await world.place(raw(id="5"))
    await world.step()
    await world.change("5", status="AWAITING_COLLECTION")
    assert await world.step(timedelta(seconds=10)) == 1
    for _ in range(3):
        assert await world.step(timedelta(seconds=10)) == 0
    assert await world.statuses("5") == ["AWAITING_SHIPMENT", "AWAITING_COLLECTION"]


async def test_windows_overlap_so_that_a_change_shown_late_is_not_missed(
    world: World, raw: Raw
) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    late = aged(raw, world, "9", MINUTE)
    await world.place(late, as_given=True)
    assert await world.step(timedelta(seconds=30)) == 1


async def test_a_window_ends_before_now_and_the_next_begins_before_its_end(world: World) -> None:
    await world.step()
    await world.searches()
    for _ in range(2):
        await world.step(timedelta(seconds=10.5))
    first, second = await world.searches()
    assert first["update_time_lt"] <= world.home.now.timestamp() - 10
    assert second["update_time_ge"] == first["update_time_lt"] - 120


async def test_what_does_not_move_the_update_time_is_found_by_the_sweep(
    world: World, raw: Raw
) -> None:
    await world.place(raw(id="5"))
    await world.step()
    await world.step(5 * MINUTE)
    await world.change("5", tracking_number="1Z999")
    assert await world.step(timedelta(seconds=10)) == 0
    assert await world.step(timedelta(minutes=16)) == 1
    assert await world.statuses("5") == ["AWAITING_SHIPMENT"] * 2
    assert await world.step(timedelta(minutes=16)) == 0


async def test_an_outage_is_caught_up_in_bounded_windows(world: World, raw: Raw) -> None:
    await world.step()
    await world.searches()
    for day in range(3):
        world.home.now += timedelta(days=1)
        await world.place(raw(id=str(day)))
    assert await world.step(timedelta(seconds=10)) == 3
    polled = [body for body in await world.searches() if "update_time_ge" in body]
    spans = [body["update_time_lt"] - body["update_time_ge"] for body in polled]
    assert len(spans) == 4
    assert max(spans) == 86_400


async def test_whoever_takes_over_goes_on_where_the_other_stopped(world: World, raw: Raw) -> None:
    await world.place(raw(id="5"))
    await world.step()
    await world.searches()
    await world.take_over()
    await world.place(raw(id="6"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert not [body for body in await world.searches() if "create_time_ge" in body]


async def test_a_poller_that_was_overtaken_moves_no_mark(world: World) -> None:
    await world.step()
    overtaken = world.poller
    await world.take_over()
    before = world.home.polls.progress[SHOP_ID]
    world.home.now += MINUTE
    with pytest.raises(Overtaken):
        await overtaken.step(world.shop, world.home.clock)
    assert world.home.polls.progress[SHOP_ID] == before


async def test_a_window_that_could_not_be_read_is_read_again(world: World, raw: Raw) -> None:
    await world.step()
    await world.place(raw(id="5"))
    fault = {"match": {"path": "/order/202309/orders/search"}, "kind": "status", "status": 503}
    await world.control("PUT", "/_sim/faults", [fault | {"count": 1}])
    moves = list(world.home.polls.moves)
    with pytest.raises(TikTokError):
        await world.step(timedelta(seconds=10))
    assert world.home.polls.moves == moves
    assert await world.step(MINUTE * 30) >= 1
    assert await world.statuses("5") == ["AWAITING_SHIPMENT"]


async def test_history_goes_on_where_it_could_not_be_read(world: World, raw: Raw) -> None:
    await world.place(aged(raw, world, "2", timedelta(days=6)), as_given=True)
    fault = {"match": {"path": "/order/202309/orders/search"}, "kind": "status", "status": 503}
    await world.control("PUT", "/_sim/faults", [fault | {"count": 1, "after": 3}])
    with pytest.raises(TikTokError):
        await world.step()
    day = timedelta(days=1)
    begun_at = world.home.now
    assert world.home.polls.progress[SHOP_ID].covered_from == begun_at - day
    await world.take_over()
    await world.searches()
    await world.step(MINUTE)
    assert world.home.polls.progress[SHOP_ID].covered_from == world.shop.window_begins_at
    asked = [body["create_time_lt"] for body in await world.searches() if "create_time_ge" in body]
    assert asked[0] == (begun_at - day).timestamp()
    assert await world.statuses("2") == ["AWAITING_SHIPMENT"]


async def test_a_window_that_is_moved_back_is_read_and_proven_too(world: World, raw: Raw) -> None:
    old = aged(raw, world, "2", timedelta(days=20))
    await world.place(old, as_given=True)
    await world.step()
    assert await world.statuses("2") == []
    begins_at = world.home.now - timedelta(days=21)
    world.shop = replace(world.shop, window_begins_at=begins_at)
    assert await world.step(MINUTE) == 1
    proof = await world.proof()
    assert (proof.window_begins_at, proof.tiktok_count, proof.stored_count) == (begins_at, 1, 1)


async def test_bulk_waits_while_services_downstream_are_behind(world: World, raw: Raw) -> None:
    await world.place(aged(raw, world, "2", timedelta(days=6)), as_given=True)
    world.keeps_up = False
    await world.place(raw(id="5"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert await world.step(timedelta(minutes=20)) == 0
    world.keeps_up = True
    assert await world.step() == 1


async def test_closed_windows_are_counted_on_both_sides_and_missing_orders_are_fetched(
    world: World, raw: Raw
) -> None:
    await world.place(raw(id="5"))
    await world.step()
    missed = aged(raw, world, "6", timedelta(hours=1), status="CANCELLED")
    await world.place(missed, as_given=True)
    assert await world.step(timedelta(hours=2)) == 1
    proof = await world.proof()
    assert (proof.tiktok_count, proof.stored_count, proof.repaired) == (2, 2, 1)
    assert proof.complete_until == world.home.now - CLOSED_AFTER
    assert await world.statuses("6") == ["CANCELLED"]


async def test_a_proof_is_given_hourly_at_most(world: World) -> None:
    for _ in range(40):
        await world.step(5 * MINUTE)
    proofs = await world.home.store.read(reconciliation_stream(SHOP_ID))
    assert 3 <= len(proofs) <= 5


async def test_equal_counts_cost_one_call_a_window(world: World, raw: Raw) -> None:
    await world.place(*(raw(id=str(n)) for n in range(1, 131)))
    await world.step()
    await world.step(timedelta(hours=2))
    await world.searches()
    await world.step(timedelta(hours=2))
    counting = [body for body in await world.searches() if "create_time_ge" in body]
    assert len(counting) == 2


async def test_a_parcel_s_new_tracking_number_is_found_by_the_package(
    world: World, raw: Raw
) -> None:
    await world.place(raw(id="5"))
    await world.step()
    await world.change("5", status="AWAITING_COLLECTION")
    await world.step(MINUTE)
    await world.step(5 * MINUTE)
    line = (await world.order("5"))["line_items"][0]
    await world.change("5", line_items=[line | {"tracking_number": "1Z-NEW"}])
    assert await world.step(2 * MINUTE) == 1
    last = (await world.snapshots("5"))[-1]
    assert last.lines[0].tracking_number == "1Z-NEW"


async def test_a_cancelled_line_is_found_by_its_cancellation(world: World, raw: Raw) -> None:
    line = raw()["line_items"][0]
    await world.place(raw(id="5", line_items=[line, line | {"id": "line-2"}]))
    await world.step()
    await world.step(5 * MINUTE)
    cancelled = [line, line | {"id": "line-2", "display_status": "CANCELLED"}]
    await world.change("5", line_items=cancelled)
    assert await world.step(2 * MINUTE) == 1
    assert [one.is_cancelled for one in (await world.snapshots("5"))[-1].lines] == [False, True]


async def test_a_package_that_says_nothing_new_is_not_fetched_again(world: World, raw: Raw) -> None:
    await world.place(raw(id="5"))
    await world.step()
    await world.change("5", status="AWAITING_COLLECTION")
    await world.step(timedelta(seconds=10))
    await world.step(5 * MINUTE)
    assert await world.details() == []


async def test_an_overlap_whose_count_is_right_is_not_read_again(world: World, raw: Raw) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    await world.place(*(raw(id=str(n)) for n in range(1, 351)))
    assert await world.step(timedelta(seconds=10)) == 350
    await world.searches()
    for _ in range(5):
        await world.step(timedelta(seconds=10))
    assert len(await world.searches()) == 5
    await world.place(raw(id="999"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert len(await world.searches()) == 2


async def test_a_change_shown_late_among_many_is_not_missed(world: World, raw: Raw) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    await world.place(*(raw(id=str(n)) for n in range(1, 351)))
    await world.step(timedelta(seconds=30))
    await world.place(aged(raw, world, "late", timedelta(seconds=20)), as_given=True)
    assert await world.step(timedelta(seconds=10)) == 1


async def test_many_new_orders_cost_one_call_a_hundred(world: World, raw: Raw) -> None:
    await world.step()
    await world.searches()
    await world.place(*(raw(id=str(n)) for n in range(1, 231)))
    assert await world.step(timedelta(seconds=10)) == 230
    assert len(await world.searches()) == 3
