"""An order that cannot be recorded is set aside alone, said with its reason, and tried again."""

from collections.abc import Iterable
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import pytest
from services.fetcher.tests.polled_shop import PolledShop
from structlog.testing import capture_logs
from tests.world.story import KEYS, SHOP_ID, raw_order

from eventstore.store import MAX_EVENT_BYTES, Append, WrongVersion
from fetcher.order_index import SetAside
from lifecycle import order as orders
from lifecycle.status import Status, view
from ordersync_contracts.codec import NewerVersion
from ordersync_contracts.events import OrderFetched, OrderSetAside
from ordersync_contracts.streams import order_stream
from vault.keys import MasterKeys
from vault.ledger import Ledger

MINUTE = timedelta(minutes=1)


def huge(order_id: str = "9", units: int = 3500) -> dict[str, Any]:
    """More units than one event may hold."""
    line = raw_order()["line_items"][0] | {"product_name": "Sticker, die cut, weatherproof"}
    lines = [line | {"id": str(577086512123755121 + n)} for n in range(units)]
    return raw_order(id=order_id, line_items=lines)


def lose_key(world: PolledShop) -> None:
    """The operator rotates to k2 and takes the old key away: stored data cannot be opened."""
    world.home.vault._ledger = Ledger(MasterKeys({"k2": bytes(range(1, 33))}, "k2"), token_bytes)


async def told(world: PolledShop, order_id: str) -> list[Any]:
    history = await world.home.store.read(order_stream(SHOP_ID, order_id))
    return [recorded.event for recorded in history]


async def state(world: PolledShop, order_id: str) -> orders.Order:
    return orders.fold(await world.home.store.read(order_stream(SHOP_ID, order_id)))


async def test_others_of_its_page_are_kept_and_the_watermark_moves(world: PolledShop) -> None:
    await world.step()
    await world.place(raw_order(id="5"), huge(), raw_order(id="6"))
    assert await world.step(MINUTE) == 2
    for order_id in ("5", "6"):
        assert await world.statuses(order_id) == ["AWAITING_SHIPMENT"]
    assert world.home.checkpoints.shops[SHOP_ID].watermark == world.home.now


async def test_it_is_named_with_its_size_and_the_limit(world: PolledShop) -> None:
    await world.place(huge())
    with capture_logs() as logs:
        await world.step(MINUTE)
    (said,) = await told(world, "9")
    assert isinstance(said, OrderSetAside)
    assert (said.reason_code, said.status) == ("order_too_large", "AWAITING_SHIPMENT")
    assert f"the limit is {MAX_EVENT_BYTES:,}" in said.detail
    lines = [line for line in logs if line["event"] == "order.set_aside"]
    assert {(line["order"], line["reason"]) for line in lines} == {("9", "order_too_large")}
    seen = view(await state(world, "9"))
    assert (seen.status, seen.reason_code, seen.may_sync) == (
        Status.SYNC_FAILED,
        "order_too_large",
        False,
    )


async def test_it_is_tried_again_with_growing_waits_and_said_once(world: PolledShop) -> None:
    await world.place(huge())
    await world.step(MINUTE)
    tried = []
    for _ in range(60):
        before = len(await world.details())
        await world.step(MINUTE)
        tried.append(len(await world.details()) - before)
    assert 4 <= sum(tried) <= 7
    assert len(await told(world, "9")) == 1
    assert (await world.home.order_index.all_set_aside(SHOP_ID))[0].attempts == sum(tried)


async def test_it_is_recorded_as_soon_as_it_can_be(world: PolledShop) -> None:
    await world.place(huge())
    await world.step(MINUTE)
    await world.change("9", line_items=raw_order()["line_items"])
    await world.step(2 * MINUTE)
    assert isinstance((await told(world, "9"))[-1], OrderFetched)
    assert await world.home.order_index.all_set_aside(SHOP_ID) == ()
    assert view(await state(world, "9")).status is Status.NOT_SYNCED


async def test_one_unreadable_key_stops_no_other_order_and_heals_with_the_key(
    world: PolledShop,
) -> None:
    await world.place(raw_order(id="5"))
    await world.step()
    lose_key(world)
    await world.place(raw_order(id="6"))
    await world.change("5", status="AWAITING_COLLECTION")
    assert await world.step(MINUTE) == 1
    assert await world.statuses("6") == ["AWAITING_SHIPMENT"]
    known = await state(world, "5")
    assert known.set_aside is not None
    assert (known.set_aside.event.reason_code, view(known).status) == (
        "buyer_data_locked",
        Status.NOT_SYNCED,
    )
    assert "VAULT_KEYS" in known.set_aside.event.detail
    world.home.vault._ledger = Ledger(KEYS, token_bytes)
    assert await world.step(2 * MINUTE) == 1
    assert (await state(world, "5")).set_aside is None
    assert (await world.statuses("5"))[-1] == "AWAITING_COLLECTION"


async def test_it_is_told_again_although_it_says_the_same_as_before(world: PolledShop) -> None:
    """TikTok took the change back that could not be recorded: it is not set aside for ever."""
    order = raw_order(id="5")
    await world.home.fetch(order)
    world.home.now += MINUTE
    await world.home.fetch(huge("5"))
    assert (await state(world, "5")).set_aside is not None
    world.home.now += MINUTE
    assert await world.home.fetch(order) == 1
    assert (await state(world, "5")).set_aside is None
    world.home.now += MINUTE
    assert await world.home.fetch(order) == 0


async def test_an_answer_asked_for_before_ends_nothing(world: PolledShop) -> None:
    await world.home.fetch(huge("5"))
    await world.home.fetch(raw_order(id="5"), asked_at=world.home.now - MINUTE)
    assert (await state(world, "5")).set_aside is not None
    assert len(await world.home.order_index.all_set_aside(SHOP_ID)) == 1


async def test_an_older_state_that_is_told_later_ends_nothing(world: PolledShop) -> None:
    """The cancelled state stays due although a cached page shows the one before."""
    at = int(world.home.now.timestamp())
    before = raw_order(id="9", create_time=at - 100, update_time=at - 50)
    after = huge() | {"create_time": at - 100, "update_time": at, "status": "CANCELLED"}
    for shown in (before, after, before):
        await world.home.fetch(shown)
        world.home.now += MINUTE
    assert len(await world.home.order_index.all_set_aside(SHOP_ID)) == 1
    assert (await state(world, "9")).set_aside is not None
    await world.home.fetch(before | {"update_time": at + 1})
    assert await world.home.order_index.all_set_aside(SHOP_ID) == ()
    assert (await state(world, "9")).set_aside is None


async def test_what_is_set_aside_in_another_state_is_said_again(world: PolledShop) -> None:
    at = int(world.home.now.timestamp())
    for seconds in (0, 0, 5):
        await world.home.fetch(huge() | {"update_time": at + seconds})
    said = await told(world, "9")
    assert [int(aside.updated_at.timestamp()) - at for aside in said] == [0, 5]


async def test_a_state_recorded_before_the_telling_leaves_nothing_said(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another replica asks later, and records between our row and our event."""
    set_aside = world.home.order_index.set_aside

    async def then_the_other(shop_id: str, aside: SetAside) -> Any:
        since = await set_aside(shop_id, aside)
        world.home.now += timedelta(seconds=5)
        await world.home.fetch(raw_order(id="9"))
        return since

    monkeypatch.setattr(world.home.order_index, "set_aside", then_the_other)
    await world.home.fetch(huge())
    assert await world.home.order_index.all_set_aside(SHOP_ID) == ()
    assert (await state(world, "9")).set_aside is None


async def test_a_surprise_says_what_and_where_and_no_value(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.spoil(monkeypatch, "5", LookupError("Petra Plantedbuyer"))
    with capture_logs() as logs:
        await world.home.fetch(raw_order(id="5"), raw_order(id="6"))
    (said,) = await told(world, "5")
    assert (said.reason_code, said.detail.partition(" in ")[0]) == (
        "order_not_recorded",
        "LookupError",
    )
    assert "Planted" not in str(logs) + str(said)
    assert len(await world.home.snapshots("6")) == 1


async def test_nothing_is_set_aside_while_the_store_is_away(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise ConnectionResetError

    monkeypatch.setattr(world.home.store, "append", away)
    with pytest.raises(ConnectionResetError):
        await world.home.fetch(raw_order(id="5"), raw_order(id="6"))
    assert await world.home.order_index.all_set_aside(SHOP_ID) == ()


async def test_an_order_on_which_others_are_always_faster_is_set_aside_alone(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, contended = world.home.store.append, order_stream(SHOP_ID, "9")

    async def lose(commands: Iterable[Append]) -> Any:
        given = list(commands)
        rest = iter(await append([append for append in given if append.stream != contended]))
        return tuple(WrongVersion(1) if a.stream == contended else next(rest) for a in given)

    await world.step()
    await world.place(raw_order(id="5"), raw_order(id="9"), raw_order(id="6"))
    monkeypatch.setattr(world.home.store, "append", lose)
    await world.step(MINUTE)
    for order_id in ("5", "6"):
        assert await world.statuses(order_id) == ["AWAITING_SHIPMENT"]
    assert world.home.checkpoints.shops[SHOP_ID].watermark == world.home.now
    (aside,) = await world.home.order_index.all_set_aside(SHOP_ID)
    assert (aside.order_id, aside.reason_code) == ("9", "order_not_recorded")
    monkeypatch.undo()
    assert await world.step(2 * MINUTE) == 1
    assert await world.statuses("9") == ["AWAITING_SHIPMENT"]
    assert await world.home.order_index.all_set_aside(SHOP_ID) == ()


async def test_an_order_whose_stream_cannot_be_read_stops_no_package_of_others(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version wrote into it, say: it is asked for, and set aside with that reason."""
    await world.place(raw_order(id="5"), raw_order(id="6"))
    await world.step()
    for order_id in ("5", "6"):
        await world.change(order_id, status="AWAITING_COLLECTION")
    fold = orders.fold

    def spoiled(history: Any) -> orders.Order:
        if any(recorded.stream == order_stream(SHOP_ID, "5") for recorded in history):
            raise NewerVersion("OrderFetched.v2 is newer than v1")
        return fold(history)

    with monkeypatch.context() as patched:
        patched.setattr("lifecycle.order.fold", spoiled)
        world.home.now += MINUTE
        await world.beside("packages")
    assert (await world.statuses("6"))[-1] == "AWAITING_COLLECTION"
    (aside,) = await world.home.order_index.all_set_aside(SHOP_ID)
    assert (aside.order_id, aside.reason_code) == ("5", "order_not_recorded")
