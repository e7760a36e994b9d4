"""One shop followed against a simulated TikTok Shop: nothing is missed, nothing told twice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from services.fetcher.tests.polled_shop import PolledShop
from tests.world.story import SHOP_ID, raw_order

from connections.backpressure import ASK_EVERY_S
from fetcher.polling.reconciliation import CLOSED_AFTER
from fetcher.tables import Overtaken
from ordersync_contracts.events import HistoryFetched
from ordersync_contracts.streams import order_stream, reconciliation_stream
from tiktok.errors import NoAnswer, TikTokError

MINUTE = timedelta(minutes=1)
Raw = Callable[..., dict[str, Any]]


def aged(world: PolledShop, order_id: str, age: timedelta, **changes: Any) -> dict[str, Any]:
    at = int((world.home.now - age).timestamp())
    return raw_order(id=order_id, create_time=at, update_time=at, paid_time=at, **changes)


async def test_at_connection_the_past_week_is_read_by_creation_time(world: PolledShop) -> None:
    ages = {"1": timedelta(days=8), "2": timedelta(days=6), "3": timedelta(hours=1)}
    await world.place(*(aged(world, n, age) for n, age in ages.items()), as_given=True)
    assert await world.step() == 2
    found = await world.home.store.streams("order")
    assert found == (order_stream(SHOP_ID, "2"), order_stream(SHOP_ID, "3"))
    history = [
        body for body in await world.searches() if len(body) == 2 and "create_time_ge" in body
    ]
    spans = [(body["create_time_ge"], body["create_time_lt"]) for body in history[:7]]
    now = int(world.home.now.timestamp())
    assert spans == [(now - (n + 1) * 86_400, now - n * 86_400) for n in range(7)]


async def test_an_order_placed_while_history_is_read_is_found_by_the_first_poll(
    world: PolledShop,
) -> None:
    await world.step()
    await world.place(raw_order(id="5"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert await world.statuses("5") == ["AWAITING_SHIPMENT"]


@pytest.mark.parametrize("heard", range(5))
async def test_nothing_is_between_a_beginning_that_was_cut_off_and_the_next(
    world: PolledShop, heard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many checkpoints begin; the next one's answer is lost, and the database with it."""
    await world.place(raw_order(id="5"))
    move, left = world.home.checkpoints.move, iter(range(heard))

    async def unheard(*given: Any) -> None:
        await move(*given)
        if next(left, None) is None:
            raise ConnectionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(world.home.checkpoints, "move", unheard)
        with pytest.raises(ConnectionError):
            await world.step()
    world.home.now += timedelta(minutes=10)
    await world.place(aged(world, "6", timedelta(0)), as_given=True)
    await world.change("5", status="AWAITING_COLLECTION")
    world.home.now += timedelta(hours=1)
    await world.take_over()
    await world.poller.poll(world.shop)
    await world.beside("packages", "cancellations", "bulk")
    assert len(await world.statuses("6")) == 1
    assert (await world.statuses("5"))[-1] == "AWAITING_COLLECTION"


async def test_a_new_status_is_one_event_and_polling_on_tells_nothing(world: PolledShop) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    await world.change("5", status="AWAITING_COLLECTION")
    assert await world.step(timedelta(seconds=10)) == 1
    for _ in range(3):
        assert await world.step(timedelta(seconds=10)) == 0
    assert await world.statuses("5") == ["AWAITING_SHIPMENT", "AWAITING_COLLECTION"]


async def test_windows_overlap_so_that_a_change_shown_late_is_not_missed(world: PolledShop) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    late = aged(world, "9", MINUTE)
    await world.place(late, as_given=True)
    assert await world.step(timedelta(seconds=30)) == 1


async def test_a_window_ends_before_now_and_the_next_begins_before_its_end(
    world: PolledShop,
) -> None:
    await world.step()
    await world.searches()
    for _ in range(2):
        await world.step(timedelta(seconds=10.5))
    first, second = await world.searches()
    assert first["update_time_lt"] <= world.home.now.timestamp() - 10
    assert second["update_time_ge"] == first["update_time_lt"] - 120


async def test_what_does_not_move_the_update_time_is_found_by_the_sweep(world: PolledShop) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    await world.step(5 * MINUTE)
    await world.change("5", tracking_number="1Z999")
    assert await world.step(timedelta(seconds=10)) == 0
    assert await world.step(timedelta(minutes=16)) == 1
    assert await world.statuses("5") == ["AWAITING_SHIPMENT"] * 2
    assert await world.step(timedelta(minutes=16)) == 0


async def test_an_outage_is_caught_up_in_bounded_windows(world: PolledShop) -> None:
    await world.step()
    await world.searches()
    for day in range(3):
        world.home.now += timedelta(days=1)
        await world.place(raw_order(id=str(day)))
    assert await world.step(timedelta(seconds=10)) == 3
    polled = [body for body in await world.searches() if "update_time_ge" in body]
    spans = [body["update_time_lt"] - body["update_time_ge"] for body in polled]
    assert len(spans) == 4
    assert max(spans) == 86_400


async def test_whoever_takes_over_goes_on_where_the_other_stopped(world: PolledShop) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    await world.searches()
    await world.take_over()
    await world.place(raw_order(id="6"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert not [body for body in await world.searches() if "create_time_ge" in body]


async def test_a_poller_that_was_overtaken_moves_no_checkpoint(world: PolledShop) -> None:
    await world.step()
    overtaken = world.poller
    await world.take_over()
    before = world.home.checkpoints.shops[SHOP_ID]
    world.home.now += MINUTE
    with pytest.raises(Overtaken):
        await overtaken.poll(world.shop)
    assert world.home.checkpoints.shops[SHOP_ID] == before


async def test_a_window_that_could_not_be_read_is_read_again(world: PolledShop) -> None:
    await world.step()
    await world.place(raw_order(id="5"))
    fault = {"match": {"path": "/order/202309/orders/search"}, "kind": "status", "status": 503}
    await world.control("PUT", "/_sim/faults", [fault | {"count": 1}])
    moves = list(world.home.checkpoints.moves)
    with pytest.raises(TikTokError):
        await world.step(timedelta(seconds=10))
    assert world.home.checkpoints.moves == moves
    assert await world.step(MINUTE * 30) >= 1
    assert await world.statuses("5") == ["AWAITING_SHIPMENT"]


async def test_no_window_counts_as_read_whose_orders_are_no_list(world: PolledShop) -> None:
    await world.step()
    await world.place(raw_order(id="5"))

    async def reshape(request: Any, body: dict[str, Any]) -> dict[str, Any]:
        if orders := body["data"].get("orders"):
            body["data"]["orders"] = {"0": orders[0]}
        return body

    world.network.meddle = reshape
    watermark = world.home.checkpoints.shops[SHOP_ID].watermark
    world.home.now += MINUTE
    with pytest.raises(NoAnswer, match="orders is no list"):
        await world.poller.poll(world.shop)
    assert world.home.checkpoints.shops[SHOP_ID].watermark == watermark
    world.network.meddle = None
    assert await world.step(MINUTE) == 1


async def test_history_goes_on_where_it_could_not_be_read(world: PolledShop) -> None:
    await world.place(aged(world, "2", timedelta(days=6)), as_given=True)
    fault = {"match": {"path": "/order/202309/orders/search"}, "kind": "status", "status": 503}
    await world.control("PUT", "/_sim/faults", [fault | {"count": 1, "after": 2}])
    with pytest.raises(TikTokError):
        await world.step()
    day = timedelta(days=1)
    begun_at = world.home.now
    assert world.home.checkpoints.shops[SHOP_ID].covered_from == begun_at - day
    await world.take_over()
    await world.searches()
    await world.step(MINUTE)
    assert world.home.checkpoints.shops[SHOP_ID].covered_from == world.shop.window_begins_at
    asked = [body["create_time_lt"] for body in await world.searches() if "create_time_ge" in body]
    assert asked[0] == (begun_at - day).timestamp()
    assert await world.statuses("2") == ["AWAITING_SHIPMENT"]


async def test_a_window_that_is_moved_back_is_read_and_proven_too(world: PolledShop) -> None:
    old = aged(world, "2", timedelta(days=20))
    await world.place(old, as_given=True)
    await world.step()
    assert await world.statuses("2") == []
    begins_at = world.home.now - timedelta(days=21)
    world.shop = replace(world.shop, window_begins_at=begins_at)
    assert await world.step(MINUTE) == 1
    proof = await world.proof()
    assert (proof.window_begins_at, proof.tiktok_count, proof.stored_count) == (begins_at, 1, 1)


async def test_bulk_waits_while_services_downstream_are_behind(world: PolledShop) -> None:
    await world.place(aged(world, "2", timedelta(days=6)), as_given=True)
    world.room.clear()
    await world.place(raw_order(id="5"))
    world.home.now += timedelta(seconds=10)
    assert await world.poller.poll(world.shop) == 1
    bulk = asyncio.create_task(world.beside("bulk"))
    await world.until_waiting(bulk)
    asked = len(await world.searches())
    world.home.now += timedelta(minutes=20)
    assert await world.poller.poll(world.shop) == 0
    assert len(await world.searches()) == 1
    assert asked == 1
    world.room.set()
    assert await bulk == 1


async def test_bulk_stops_between_two_pages(world: PolledShop) -> None:
    await world.place(*(aged(world, str(n), timedelta(hours=2)) for n in range(250)), as_given=True)
    await world.poller.poll(world.shop)
    world.room_for = 1
    bulk = asyncio.create_task(world.beside("bulk"))
    await world.until_waiting(bulk)
    assert len(await world.home.store.streams("order")) == 100
    world.room.set()
    assert await bulk == 250


async def test_a_shop_s_bulk_waits_for_its_store_and_then_goes_on(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    slept: list[float] = []

    async def backlog(store: str) -> float:
        asked.append(store)
        return 121.0 if len(asked) < 3 else 119.0

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    await world.step()
    world.home.now += timedelta(minutes=16)
    world.home.backlog = backlog
    world.shop = replace(world.shop, store="harbor.myshopify.com")
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await world.beside("bulk")
    assert set(asked) == {"harbor.myshopify.com"}
    assert slept == [ASK_EVERY_S] * 2


async def test_a_shop_without_store_waits_for_the_groups_only(world: PolledShop) -> None:
    async def nobody_is_slow() -> dict[str, int]:
        return {"mapper": 1000}

    async def backlog(store: str) -> float:
        raise AssertionError(store)

    world.home.lag, world.home.backlog = nobody_is_slow, backlog
    await world.step()


async def test_how_far_history_is_read_is_said_window_by_window(world: PolledShop) -> None:
    await world.place(*(aged(world, str(n), timedelta(days=n)) for n in (1, 2, 6)), as_given=True)
    await world.step()
    told = await world.home.store.read(reconciliation_stream(SHOP_ID))
    read = [said.event for said in told if isinstance(said.event, HistoryFetched)]
    assert sum(window.orders for window in read) == 3
    assert read[0].window_ends_at == world.home.now
    assert read[-1].window_begins_at == world.shop.window_begins_at
    ends = [window.window_ends_at for window in read[1:]]
    assert ends == [window.window_begins_at for window in read[:-1]]


async def test_a_window_that_is_read_again_is_said_once(world: PolledShop) -> None:
    world.shop = replace(world.shop, window_begins_at=world.home.now - timedelta(days=1))
    begun = world.home.checkpoints.shops[SHOP_ID]
    for n in (1, 2):
        await world.place(aged(world, str(n), timedelta(hours=n)), as_given=True)
        await world.take_over()
        await world.step()
        assert len(await world.home.store.streams("order")) == n
        world.home.checkpoints.shops[SHOP_ID] = replace(begun, epoch=n + 1)
    history = await world.home.store.read(reconciliation_stream(SHOP_ID))
    read = [said.event for said in history if isinstance(said.event, HistoryFetched)]
    assert [window.orders for window in read] == [1]


async def test_closed_windows_are_counted_on_both_sides_and_missing_orders_are_fetched(
    world: PolledShop,
) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    missed = aged(world, "6", timedelta(hours=1), status="CANCELLED")
    await world.place(missed, as_given=True)
    assert await world.step(timedelta(hours=2)) == 1
    proof = await world.proof()
    assert (proof.tiktok_count, proof.stored_count, proof.repaired) == (2, 2, 1)
    assert proof.complete_until == world.home.now - CLOSED_AFTER
    assert await world.statuses("6") == ["CANCELLED"]


async def test_a_proof_keeps_to_tiktok_s_count_and_not_to_its_list(world: PolledShop) -> None:
    """TikTok counts two orders and lists one: nobody knows that the other is here."""
    await world.step()
    await world.place(raw_order(id="5"), raw_order(id="6"))

    async def hide(_: Any, body: dict[str, Any]) -> dict[str, Any]:
        orders = body["data"].get("orders") or []
        body["data"]["orders"] = [order for order in orders if order["id"] != "6"]
        return body

    world.network.meddle = hide
    await world.step(timedelta(hours=2))
    proof = await world.proof()
    assert (proof.tiktok_count, proof.stored_count) == (2, 1)


async def test_a_shop_is_complete_up_to_an_order_that_is_missing_and_no_further(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside. The windows after it are counted all the same, once an hour."""
    world.spoil(monkeypatch, "9", LookupError())
    await world.step()
    placed_at = world.home.now
    await world.place(aged(world, "9", timedelta(0)))
    await world.step(timedelta(hours=2))
    day = timedelta(days=1)
    for hours in range(27):
        await world.place(aged(world, str(100 + hours), timedelta(0)))
        await world.step(timedelta(hours=1))
        until = (await world.proof()).complete_until
        assert placed_at - day <= until <= placed_at
        assert world.poller.complete_until == until
    proof = await world.proof()
    assert proof.tiktok_count == proof.stored_count + 1
    assert proof.stored_count >= 25
    told = await world.home.store.read(reconciliation_stream(SHOP_ID))
    assert 27 <= sum(said.name == "OrdersReconciled" for said in told) <= 30
    monkeypatch.undo()
    await world.step(timedelta(hours=2))
    assert (await world.proof()).complete_until == world.home.now - CLOSED_AFTER
    assert world.poller.complete_until == world.home.now - CLOSED_AFTER


async def test_a_proof_is_given_hourly_at_most(world: PolledShop) -> None:
    for _ in range(40):
        await world.step(5 * MINUTE)
    told = await world.home.store.read(reconciliation_stream(SHOP_ID))
    proofs = [said for said in told if said.name == "OrdersReconciled"]
    assert 3 <= len(proofs) <= 5


async def test_equal_counts_cost_one_call_a_window(world: PolledShop) -> None:
    await world.place(*(raw_order(id=str(n)) for n in range(1, 131)))
    await world.step()
    await world.step(timedelta(hours=2))
    await world.searches()
    await world.step(timedelta(hours=2))
    counting = [body for body in await world.searches() if "create_time_ge" in body]
    assert len(counting) == 2


async def test_a_parcel_s_new_tracking_number_is_found_by_the_package(world: PolledShop) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    await world.change("5", status="AWAITING_COLLECTION")
    await world.step(MINUTE)
    await world.step(5 * MINUTE)
    line = (await world.orders())["5"]["line_items"][0]
    await world.change("5", line_items=[line | {"tracking_number": "1Z-NEW"}])
    assert await world.step(2 * MINUTE) == 1
    last = (await world.snapshots("5"))[-1]
    assert last.lines[0].tracking_number == "1Z-NEW"


async def test_a_cancelled_line_is_found_by_its_cancellation(world: PolledShop) -> None:
    line = raw_order()["line_items"][0]
    await world.place(raw_order(id="5", line_items=[line, line | {"id": "line-2"}]))
    await world.step()
    await world.step(5 * MINUTE)
    cancelled = [line, line | {"id": "line-2", "display_status": "CANCELLED"}]
    await world.change("5", line_items=cancelled)
    assert await world.step(2 * MINUTE) == 1
    assert [line.is_cancelled for line in (await world.snapshots("5"))[-1].lines] == [False, True]


async def test_a_package_that_says_nothing_new_is_not_fetched_again(world: PolledShop) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    await world.change("5", status="AWAITING_COLLECTION")
    await world.step(timedelta(seconds=10))
    await world.step(5 * MINUTE)
    assert await world.details() == []


async def test_an_overlap_whose_count_is_right_is_not_read_again(world: PolledShop) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    await world.place(*(raw_order(id=str(n)) for n in range(1, 351)))
    assert await world.step(timedelta(seconds=10)) == 350
    await world.searches()
    for _ in range(5):
        await world.step(timedelta(seconds=10))
    assert len(await world.searches()) == 5
    await world.place(raw_order(id="999"))
    assert await world.step(timedelta(seconds=10)) == 1
    assert len(await world.searches()) == 1


async def test_a_change_of_one_among_many_recent_ones_leaves_their_count_and_is_not_missed(
    world: PolledShop,
) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    await world.place(*(raw_order(id=str(n)) for n in range(1, 351)))
    await world.step(timedelta(seconds=10))
    await world.searches()
    world.home.now += timedelta(seconds=1)
    await world.change("5", status="CANCELLED")
    assert await world.step(timedelta(seconds=9)) == 1
    assert (await world.statuses("5"))[-1] == "CANCELLED"
    assert len(await world.searches()) == 1


async def test_a_change_shown_late_among_many_is_not_missed(world: PolledShop) -> None:
    await world.step()
    await world.step(10 * MINUTE)
    await world.place(*(raw_order(id=str(n)) for n in range(1, 351)))
    await world.step(timedelta(seconds=30))
    await world.place(aged(world, "late", timedelta(seconds=20)), as_given=True)
    assert await world.step(timedelta(seconds=10)) == 1


async def test_many_new_orders_cost_one_call_a_hundred(world: PolledShop) -> None:
    await world.step()
    await world.searches()
    await world.place(*(raw_order(id=str(n)) for n in range(1, 231)))
    assert await world.step(timedelta(seconds=10)) == 230
    assert len(await world.searches()) == 3
