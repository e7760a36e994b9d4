"""Whatever happens, the stored orders end equal to TikTok's: random histories, and planted bugs.

Orders appear, change with and without a new update time, show up late; calls fail; notifications
are lost, doubled, come late; pollers are replaced; an answer arrives after a newer one. Afterwards
time passes, and every order's newest snapshot must say what TikTok says.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar, cast

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from services.fetcher.tests.polled_shop import PolledShop
from tests.world.story import SHOP_ID, raw_order

from fetcher.domain import Window
from fetcher.polling.poller import ShopPoller
from fetcher.reading.shop_calls import PageTokenLoops
from fetcher.recording.snapshot import to_snapshot
from fetcher.webhooks.endpoint import PATH
from lifecycle import order as orders
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from tiktok import searches
from tiktok.errors import TikTokError
from tiktok.pages import Page
from tiktok.wire.orders import Order
from tiktok.wire.reading import read

OVERLAP = timedelta(seconds=120)
SWEEP = timedelta(minutes=15)
NEVER_S = 864_000_000.0
# A proof would repair what the planted bugs of polling lose, so it is tested by itself.
SETTINGS = {"orders_per_page": 3, "reconcile_interval_s": NEVER_S}
NEXT = {
    "UNPAID": "AWAITING_SHIPMENT",
    "AWAITING_SHIPMENT": "AWAITING_COLLECTION",
    "AWAITING_COLLECTION": "IN_TRANSIT",
    "IN_TRANSIT": "DELIVERED",
    "DELIVERED": "COMPLETED",
}
FAULTS = (
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 408},
    {"kind": "throttle"},
    {"kind": "html"},
    {"kind": "truncated"},
)
EXAMPLES = int(os.environ.get("FETCHER_EXAMPLES", "15"))
T = TypeVar("T")
Raw = dict[str, Any]


class Machine(RuleBasedStateMachine):
    """A simulated shop, the whole fetcher on one clock, and what happens to both."""

    settings: ClassVar[dict[str, Any]] = SETTINGS

    def __init__(self, make_home: Callable[..., Any]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.home = make_home(**self.settings)
        self.sent: list[httpx.Request] = []
        self.answers: list[Page[Order]] = []
        self.count = 0
        self.world = PolledShop(self.home, days=2, webhooks=httpx.MockTransport(self.overheard))
        self.run(self.open())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def open(self) -> None:
        world, now = self.world, self.home.now
        endpoint = httpx.ASGITransport(self.home.service.endpoints["webhooks"])
        self.door = httpx.AsyncClient(transport=endpoint, base_url="http://app")
        await world.open()
        await world.control("PUT", "/_sim/webhooks", {"url": "http://app"})
        connected = events.ShopConnected(
            shop_id=SHOP_ID,
            name="S",
            region="US",
            grant_id="grant-1",
            window_begins_at=now - timedelta(days=2),
            connected_at=now,
            connected_by="test",
        )
        await self.home.record(connected)
        while world.poller.has_history_left(world.shop) or world.poller.complete_until is None:
            await world.step()

    def overheard(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200)

    async def place(self, *, as_given: bool = False, **changes: Any) -> None:
        self.count += 1
        await self.world.place(raw_order(id=str(self.count), **changes), as_given=as_given)

    async def patch(self, pick: int, patch: Callable[[Raw], Raw]) -> None:
        known = await self.world.orders()
        if known:
            order_id = sorted(known)[pick % len(known)]
            await self.world.change(order_id, **patch(known[order_id]))

    async def step(self) -> None:
        with contextlib.suppress(TikTokError, PageTokenLoops):
            await self.world.step()

    async def work(self) -> None:
        await self.home.service.rounds["inbox"]()

    # what happens

    @initialize(count=st.integers(0, 8))
    def has_orders(self, count: int) -> None:
        for _ in range(count):
            self.run(self.place())

    @rule(status=st.sampled_from(["UNPAID", "AWAITING_SHIPMENT", "IN_TRANSIT", "COMPLETED"]))
    def an_order_appears(self, status: str) -> None:
        self.run(self.place(status=status))

    @rule(age=st.integers(1, 100), status=st.sampled_from(["AWAITING_SHIPMENT", "COMPLETED"]))
    def an_order_shows_up_late(self, age: int, status: str) -> None:
        at = int(self.home.now.timestamp()) - age
        changes = {"create_time": at, "update_time": at, "paid_time": at, "status": status}
        self.run(self.place(as_given=True, **changes))

    @rule(pick=st.integers(0, 99))
    def a_status_changes(self, pick: int) -> None:
        def onward(order: Raw) -> Raw:
            return {"status": NEXT.get(order["status"], order["status"])}

        self.run(self.patch(pick, onward))

    @rule(pick=st.integers(0, 99))
    def an_order_is_completed(self, pick: int) -> None:
        self.run(self.patch(pick, lambda _: {"status": "COMPLETED"}))

    @rule(pick=st.integers(0, 99), number=st.integers(1, 999))
    def a_buyer_moves(self, pick: int, number: int) -> None:
        street = {"address_line1": f"{number} Planted Parkway"}
        self.run(self.patch(pick, lambda _: {"recipient_address": street}))

    @rule(pick=st.integers(0, 99), number=st.integers(1, 999))
    def a_tracking_number_changes(self, pick: int, number: int) -> None:
        def relabelled(order: Raw) -> Raw:
            lines = [line | {"tracking_number": f"1Z{number}"} for line in order["line_items"]]
            return {"line_items": lines, "tracking_number": f"1Z{number}"}

        self.run(self.patch(pick, relabelled))

    @rule(pick=st.integers(0, 99), asks=st.booleans())
    def a_buyer_asks_to_cancel(self, pick: int, asks: bool) -> None:
        self.run(self.patch(pick, lambda _: {"is_buyer_request_cancel": asks}))

    @rule(
        fault=st.sampled_from(FAULTS),
        count=st.integers(1, 3),
        after=st.integers(0, 3),
        polls=st.integers(0, 1),
    )
    def tiktok_fails(self, fault: Raw, count: int, after: int, polls: int) -> None:
        match = {"match": {"path": "/order/202309/orders/search"}}
        planned = [{**match, **fault, "count": count, "after": after}]
        self.run(self.world.control("PUT", "/_sim/faults", planned))
        for _ in range(polls):
            self.run(self.step())

    @rule(pick=st.integers(0, 99), times=st.integers(1, 3))
    def a_notification_comes(self, pick: int, times: int) -> None:
        """Any that was sent so far: so they are lost, late, doubled and out of order."""
        if self.sent:
            request = self.sent[pick % len(self.sent)]
            self.run(self.knock(request, times))

    async def knock(self, request: httpx.Request, times: int) -> None:
        signature = {"Authorization": request.headers["authorization"]}
        for _ in range(times):
            answer = await self.door.post(PATH, content=request.content, headers=signature)
            assert answer.status_code == 200

    @rule()
    def notifications_are_worked_on(self) -> None:
        self.run(self.work())

    @rule(seconds=st.one_of(st.integers(1, 30), st.integers(31, 1000)), polls=st.integers(0, 2))
    def time_passes(self, seconds: int, polls: int) -> None:
        self.home.now += timedelta(seconds=seconds)
        for _ in range(polls):
            self.run(self.step())

    @rule()
    def the_shop_is_polled(self) -> None:
        self.run(self.step())

    @rule()
    def another_process_takes_over(self) -> None:
        self.run(self.world.take_over())

    @rule()
    def an_answer_is_on_its_way(self) -> None:
        self.run(self.ask())

    async def ask(self) -> None:
        since = searches.Window(self.home.now - timedelta(days=1), self.home.now + OVERLAP)
        search = partial(self.home.tiktok.orders_search, updated=since)
        with contextlib.suppress(TikTokError):
            calls = self.home.service.reader.calls
            self.answers.append(await calls.make(self.world.shop, search))

    @rule()
    def the_answer_comes_late(self) -> None:
        if self.answers:
            self.run(self.home.ingest.page(SHOP_ID, self.answers.pop(0)))

    # what must be true in the end

    def teardown(self) -> None:
        try:
            self.run(self.settle())
            self.run(self.compare())
        finally:
            self.run(self.close())
            self.runner.close()

    async def settle(self) -> None:
        await self.world.control("PUT", "/_sim/faults", [])
        for answer in self.answers:
            await self.home.ingest.page(SHOP_ID, answer)
        for later in (timedelta(seconds=10), timedelta(seconds=10), SWEEP):
            await self.world.step(later)
        await self.work()

    async def compare(self) -> None:
        expected = {
            order_id: self.seen(raw) for order_id, raw in (await self.world.orders()).items()
        }
        stored = {order_id: await self.stored(order_id) for order_id in expected}
        assert stored == expected
        assert len(await self.home.store.streams("order")) == len(expected)

    def seen(self, raw: Raw) -> dict[str, Any]:
        shown = to_snapshot(SHOP_ID, read(Order, raw), self.home.now, {})
        kept = shown.status not in {"UNPAID", "ON_HOLD"} and raw["recipient_address"]
        return _comparable(shown) | {"street": kept["address_line1"] if kept else None}

    async def stored(self, order_id: str) -> dict[str, Any] | None:
        history = await self.home.store.read(order_stream(SHOP_ID, order_id))
        known = orders.fold(history).snapshot
        if known is None:
            return None
        reference = known.event.recipient
        kept = reference and await self.home.vault.get(
            SHOP_ID, order_id, "recipient", reference.version
        )
        street = kept.value["line1"] if kept else None
        asked_apart = known.event.model_copy(update={"known_as": None})
        return _comparable(asked_apart) | {"street": street}

    async def close(self) -> None:
        await self.door.aclose()
        await self.home.http.aclose()


def _comparable(snapshot: events.OrderFetched) -> dict[str, Any]:
    return snapshot.model_dump(exclude={"asked_at", "recipient", "message", "known_as"})


async def watermark_moved_early(self: ShopPoller, shop: Shop) -> int:
    """Planted: the checkpoint moves before the events are durable."""
    now = self._clock()
    for checkpoint in ("covered_from", "watermark", "swept_at"):
        await self._checkpoints.begin(checkpoint, now)
    since = self._checkpoints.at.watermark or now
    await self._checkpoints.move("watermark", now)
    window = Window(since - OVERLAP, now)
    return await self._reader.updated(shop, window, since, self._recent)


def planted(**settings: float) -> type[Machine]:
    return type("Planted", (Machine,), {"settings": SETTINGS | settings})


def by_update_time_alone(self: events.OrderFetched, other: events.OrderFetched) -> bool:
    return self.updated_at > other.updated_at


@pytest.fixture
def examine(make_home: Callable[..., Any]) -> Callable[..., None]:
    """Runs random histories of a machine."""

    def run(machine: type[Machine] = Machine, examples: int = 200) -> None:
        run_state_machine_as_test(
            cast("type[RuleBasedStateMachine]", partial(machine, make_home)),
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                report_multiple_bugs=False,
            ),
        )

    return run


def test_stored_orders_end_equal_to_tiktok_s_whatever_happens(examine: Callable[..., None]) -> None:
    examine(examples=EXAMPLES)


@pytest.mark.parametrize(
    "bug",
    [planted(poll_overlap_s=0.0), planted(sweep_interval_s=NEVER_S)],
    ids=["no overlap", "sweep off"],
)
def test_a_planted_bug_of_polling_is_found(
    bug: type[Machine], examine: Callable[..., None]
) -> None:
    with pytest.raises(AssertionError):
        examine(bug)


@pytest.mark.parametrize(
    ("place", "bug"),
    [
        pytest.param(
            "fetcher.polling.poller.ShopPoller.poll",
            watermark_moved_early,
            id="a watermark that moves early",
        ),
        pytest.param(
            "ordersync_contracts.events.OrderFetched.is_newer_than",
            by_update_time_alone,
            id="newest by update time alone",
        ),
        pytest.param(
            "fetcher.reading.orders._reaches",
            lambda *_: True,
            id="a poll that trusts the count before it read what is new",
        ),
    ],
)
def test_a_planted_bug_in_the_code_is_found(
    place: str, bug: Any, examine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, bug)
    with pytest.raises(AssertionError):
        examine()
