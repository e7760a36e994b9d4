"""What a store cut off goes on where it was: scans, comparisons, the look for cancelled orders."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.world.services import writer_in
from tests.world.shopify import Call, ShopifySide
from tests.world.story import NOW, SHOP_ID, STORE, fetched

from eventstore.journal import Journal
from ordersync_contracts import events
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream, reconciliation_stream, shop_stream
from shopify.answers import Answer, Done, Invalid, Unreachable
from shopify_writer.unanswered import TIMES
from simulators.shopify.in_process import line

LINES = [line(variantId=None)]
HALF_A_MINUTE, AN_HOUR = timedelta(seconds=30), timedelta(hours=1)


def order_id(page: int) -> str:
    return str(576461413038000000 + page)


def gid(page: int) -> str:
    return f"gid://shopify/Order/{page}"


@dataclass
class Pages:
    """A store's listings, one order on each page; ``is_lost`` says of each call that it is."""

    is_lost: Callable[[int], bool] = lambda _: False
    count: int = 200
    refused: str = ""
    asked: list[int] = field(default_factory=list)
    """The page that each call asked for."""
    answered: list[int] = field(default_factory=list)
    since: dict[int, timedelta] = field(default_factory=dict)
    """Of these pages, how long after the others' their orders were created."""

    async def __call__(self, side: ShopifySide, call: Call) -> Answer:
        after = call.variables["after"]
        page = int(after or 0) + 1
        self.asked.append(page)
        if after is not None and after == self.refused:
            return Invalid("BAD_REQUEST", call=side.facts())
        if self.is_lost(len(self.asked)):
            return Unreachable("ConnectError", call=side.facts())
        self.answered.append(page)
        more = {"hasNextPage": page < self.count, "endCursor": str(page)}
        nodes = [self._node(page, side)]
        return Done({"orders": {"nodes": nodes, "pageInfo": more}}, call=side.facts())

    def _node(self, page: int, side: ShopifySide) -> dict[str, Any]:
        return {
            "id": gid(page),
            "legacyResourceId": str(page),
            "name": f"#{page}",
            "createdAt": (NOW + self.since.get(page, timedelta(0))).isoformat(),
            "cancelledAt": side.clock.now.isoformat(),
            "tags": [f"TikTokOrderID:{order_id(page)}"],
        }


def listed(world: Any, pages: Pages, document: str = "orders_recent") -> Pages:
    world.shopify.faults[document] = [pages] * 10_000
    return pages


def lost(first: int, last: int) -> Callable[[int], bool]:
    """These calls are, counted from 1."""
    return lambda number: first <= number <= last


SCAN = events.AdoptionRequested(shop_id=SHOP_ID, store=STORE, requested_by="ana")


async def finished(world: Any) -> list[Any]:
    history = [said.event for said in await world.store.read(shop_stream(SHOP_ID))]
    said = [event for event in history if isinstance(event, events.AdoptionFinished)]
    return [event for event in said if not event.waived_by]


async def scan_round(world: Any) -> None:
    await world.pass_time(HALF_A_MINUTE)
    await world.process().round("adopt")


@pytest.mark.parametrize("failures", [0.01, 0.5])
@pytest.mark.parametrize("seed", range(4))
async def test_a_scan_of_many_pages_ends_in_time_whatever_the_dice(
    world: Any, seed: int, failures: float
) -> None:
    """Half of all calls lost is an outage every eighth page: a scan that began anew never ended."""
    dice = random.Random(seed)
    pages = listed(world, Pages(lambda _: dice.random() < failures))
    await world.say(SCAN)
    for page in (1, 100, 200):
        await world.say(fetched(order_id=order_id(page)))
    rounds = 0
    while not await finished(world):
        await scan_round(world)
        rounds += 1
        assert rounds <= (1 if failures == 0.01 else 60)
    (said,) = await finished(world)
    assert (said.orders_found, said.orders_recorded, said.orders_kept) == (200, 3, 197)
    assert pages.answered == [*range(1, 201)], "each page is read once"


async def test_a_scan_goes_on_at_the_page_that_failed_three_times(world: Any) -> None:
    pages = listed(world, Pages(lost(8, 7 + TIMES), count=12))
    await world.say(SCAN)
    await scan_round(world)
    assert (pages.asked[-1], await finished(world)) == (8, [])
    await scan_round(world)
    assert pages.asked == [*range(1, 8), *[8] * TIMES, *range(8, 13)]
    assert [said.orders_found for said in await finished(world)] == [12]


async def test_a_page_whose_rest_fails_is_done_again_and_counts_once(world: Any) -> None:
    """It stands beside another order of ours, and whether both are there is not answered."""
    await world.hear(fetched(order_id=order_id(3)))
    await created(world, 3, gid(90))
    pages = listed(world, Pages(count=5))
    world.shopify.faults["orders_read_back"] = [unreachable] * TIMES
    await world.say(SCAN)
    await scan_round(world)
    await scan_round(world)
    assert pages.asked == [1, 2, 3, 3, 4, 5]
    (said,) = await finished(world)
    assert (said.orders_found, said.orders_kept) == (5, 4)


async def unreachable(side: ShopifySide, call: Call) -> Answer:
    return Unreachable("ConnectError", call=side.facts())


async def test_a_cursor_that_shopify_no_longer_takes_begins_the_scan_anew(world: Any) -> None:
    await world.say(SCAN, fetched(order_id=order_id(1)))
    pages = listed(world, Pages(refused="7", count=12))
    await scan_round(world)
    assert pages.asked == [*range(1, 9)]
    pages.refused = ""
    await scan_round(world)
    assert pages.asked[8:] == [*range(1, 13)]
    (said,) = await finished(world)
    assert (said.orders_found, said.orders_recorded, said.orders_kept) == (12, 1, 11)


async def test_a_scan_asked_for_meanwhile_begins_anew(world: Any) -> None:
    """Who asks has a reason: what was read may have changed."""
    pages = listed(world, Pages(lost(8, 7 + TIMES), count=12))
    await world.say(SCAN)
    await scan_round(world)
    await world.say(SCAN)
    await scan_round(world)
    assert pages.asked[7 + TIMES :] == [*range(1, 13)]


async def test_what_was_read_a_day_ago_is_read_again(world: Any) -> None:
    pages = listed(world, Pages(lost(8, 7 + TIMES), count=12))
    await world.say(SCAN)
    await scan_round(world)
    await world.pass_time(timedelta(days=1))
    await scan_round(world)
    assert pages.asked[7 + TIMES :] == [*range(1, 13)]
    assert [said.orders_found for said in await finished(world)] == [12]


async def test_a_writer_that_takes_a_cut_off_scan_over_reads_the_whole_and_ends_it_once(
    world: Any,
) -> None:
    pages = listed(world, Pages(lost(8, 7 + TIMES), count=12))
    await world.say(SCAN)
    await scan_round(world)
    await writer_in(world).rounds["adopt"]()
    assert pages.asked[7 + TIMES :] == [*range(1, 13)]
    await scan_round(world)
    assert [said.orders_found for said in await finished(world)] == [12]
    await world.say(SCAN)
    await scan_round(world)
    assert pages.asked[-12:] == [*range(1, 13)], "the first one's place is no place of this scan"
    assert [said.orders_found for said in await finished(world)] == [12, 12]


@pytest.mark.parametrize("deleted", [3, 99], ids=["read before", "behind which it goes on"])
async def test_no_order_is_passed_over_when_others_come_and_go_meanwhile(
    world: Any, deleted: int
) -> None:
    """Pages and cursors as the simulator makes them: a hundred orders each, by their creation."""
    tags = [[f"TikTokOrderID:{order_id(number)}"] for number in range(121)]
    gids = [await world.shopify.sim.create(lineItems=LINES, tags=tagged) for tagged in tags[:120]]
    await world.pass_time(timedelta(minutes=1))
    world.shopify.faults["orders_recent"] = [None, *[unreachable] * TIMES]
    await world.say(SCAN)
    await scan_round(world)
    assert await finished(world) == []
    await world.shopify.delete(gids[deleted])
    await world.shopify.sim.create(lineItems=LINES, tags=tags[120])
    await world.pass_time(timedelta(minutes=1))
    await scan_round(world)
    assert world.shopify.asked().count("orders_recent") == 1 + TIMES + 1
    assert [said.orders_found for said in await finished(world)] == [121]


async def created(world: Any, page: int, shopify_id: str = "") -> None:
    event = events.ShopifyOrderCreated(
        shop_id=SHOP_ID,
        order_id=order_id(page),
        outcome="created",
        store=STORE,
        shopify_order_id=shopify_id or gid(page),
    )
    journal = Journal(world.store, "test", world.clock.wall)
    named = created_id(STORE, event.shopify_order_id)
    await journal.fact(order_stream(SHOP_ID, order_id(page)), named, event)


async def proofs(world: Any) -> list[Any]:
    history = await world.store.read(reconciliation_stream(SHOP_ID))
    return [said.event for said in history]


async def removed(world: Any) -> list[int]:
    histories = {
        page: await world.store.read(order_stream(SHOP_ID, order_id(page))) for page in range(1, 15)
    }
    gone = "ShopifyOrderRemoved"
    return [page for page, said in histories.items() if gone in [event.name for event in said]]


@pytest.fixture
async def compared(world: Any) -> Any:
    """Orders of twelve pages were created by us, and a thirteenth that is gone."""
    for page in range(1, 14):
        await created(world, page)
    await world.pass_time(2 * AN_HOUR)
    return world


async def test_a_comparison_goes_on_in_its_turn_and_is_complete(compared: Any) -> None:
    """What it saw before it was cut off is not taken for deleted."""
    pages = listed(compared, Pages(lost(8, 7 + TIMES), count=12))
    await compared.process().round("reconcile")
    assert await proofs(compared) == []
    await compared.process().round("reconcile")
    assert pages.asked[-1] == 8, "it waits first"
    began_at = compared.now
    await compared.pass_time(timedelta(minutes=1))
    await compared.process().round("reconcile")
    assert pages.answered == [*range(1, 13)]
    (proof,) = await proofs(compared)
    assert (proof.orders, proof.removed, proof.doubled) == (12, 1, 0)
    assert proof.window_ends_at < began_at
    assert await removed(compared) == [13]


async def test_a_proof_counts_the_orders_of_its_window_however_long_it_takes(
    compared: Any,
) -> None:
    """The last two were created after it began: the next one counts them."""
    since = {11: 3 * AN_HOUR, 12: 3 * AN_HOUR}
    listed(compared, Pages(lost(8, 7 + TIMES), count=12, since=since))
    await compared.process().round("reconcile")
    await compared.pass_time(2 * AN_HOUR)
    await compared.process().round("reconcile")
    (proof,) = await proofs(compared)
    assert proof.orders == 10
    assert proof.window_ends_at < NOW + 3 * AN_HOUR


async def test_a_silent_store_is_left_alone_longer_and_longer(compared: Any) -> None:
    pages = listed(compared, Pages(lambda _: True))
    for _ in range(60):
        await compared.process().round("reconcile")
        await compared.pass_time(timedelta(minutes=1))
    assert 5 * TIMES <= len(pages.asked) <= 8 * TIMES


async def test_a_comparison_whose_next_turn_another_writer_took_is_dropped(compared: Any) -> None:
    pages = listed(compared, Pages(lost(8, 7 + TIMES), count=12))
    await compared.process().round("reconcile")
    await compared.pass_time(AN_HOUR)
    await writer_in(compared).rounds["reconcile"]()
    assert pages.asked[7 + TIMES :] == [*range(1, 13)]
    await compared.process().round("reconcile")
    assert len(pages.asked) == 7 + TIMES + 12
    await compared.pass_time(AN_HOUR)
    await compared.process().round("reconcile")
    assert pages.asked[7 + TIMES + 12 :] == [*range(1, 13)]
    assert len(await proofs(compared)) == 1


async def test_a_comparison_that_takes_the_next_turn_itself_goes_on(compared: Any) -> None:
    pages = listed(compared, Pages(lost(8, 7 + TIMES), count=12))
    await compared.process().round("reconcile")
    await compared.pass_time(AN_HOUR)
    await compared.process().round("reconcile")
    assert pages.answered == [*range(1, 13)]
    assert await removed(compared) == [13]


async def test_a_refused_cursor_begins_a_comparison_anew_and_nothing_counts_twice(
    compared: Any,
) -> None:
    pages = listed(compared, Pages(refused="7", count=12))
    await compared.process().round("reconcile")
    pages.refused = ""
    await compared.pass_time(timedelta(minutes=1))
    await compared.process().round("reconcile")
    assert pages.answered == [*range(1, 8), *range(1, 13)]
    (proof,) = await proofs(compared)
    assert (proof.orders, proof.removed, proof.strangers) == (12, 1, ())


async def test_the_look_for_cancelled_orders_goes_on_in_its_next_turn(compared: Any) -> None:
    pages = listed(compared, Pages(lost(8, 7 + TIMES), count=12), "orders_cancelled")
    for _ in range(2):
        await compared.process().round("attend")
        await compared.pass_time(AN_HOUR)
    assert pages.answered == [*range(1, 13)]
    for page in range(1, 13):
        history = await compared.store.read(order_stream(SHOP_ID, order_id(page)))
        assert history[-1].name == "ShopifyOrderCancelled"
    await compared.process().round("attend")
    assert pages.answered == [*range(1, 13)] * 2, "the next one begins anew"
