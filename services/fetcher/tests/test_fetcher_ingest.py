"""A page becomes durable: the vault first, then one event per change."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.world.story import ORDER_ID, SHOP_ID, raw_order

from eventstore.store import Append, WrongVersion
from fetcher.recording.ingest import Ingest
from ordersync_contracts.streams import order_stream
from tiktok.pages import Page
from tiktok.wire.orders import Order
from tiktok.wire.reading import read
from vault.values import Entry, Secret

STREAM = order_stream(SHOP_ID, ORDER_ID)
MINUTE = timedelta(minutes=1)
MASKED = {"name": "P**** P****", "address_line1": "77 ****", "region_code": "US"}


async def kept(home: Any, version: int | None = None) -> Any:
    found = await home.vault.get(SHOP_ID, ORDER_ID, "recipient", version)
    return found.value if isinstance(found, Secret) else found


async def test_a_new_order_is_one_event_that_refers_to_the_vault(home: Any) -> None:
    assert await home.fetch(raw_order()) == 1
    (fetched,) = await home.snapshots()
    assert fetched.asked_at == home.now
    assert (fetched.recipient.version, fetched.recipient.masked) == (1, False)
    assert (await kept(home))["name"] == "Petra Plantedbuyer"
    message = await home.vault.get(SHOP_ID, ORDER_ID, "message", fetched.message.version)
    assert message.value == {"text": "Planted message: ring twice"}


async def test_nothing_personal_reaches_the_stream(home: Any) -> None:
    await home.fetch(raw_order(buyer_nickname="Planted nick", seller_note="Planted note"))
    (recorded,) = await home.store.read(STREAM)
    text = recorded.data.decode().casefold()
    assert not [word for word in ("planted", "petra", "2135550147") if word in text]


async def test_a_poll_that_finds_nothing_new_appends_nothing(home: Any) -> None:
    await home.fetch(raw_order())
    for _ in range(3):
        home.now += MINUTE
        assert await home.fetch(raw_order()) == 0
    assert len(await home.snapshots()) == 1
    assert await kept(home, 2) is None


async def test_there_and_back_again_are_three_snapshots(home: Any) -> None:
    for tracking in ("", "1Z999", ""):
        home.now += MINUTE
        assert await home.fetch(raw_order(tracking_number=tracking)) == 1
    assert [snapshot.tracking_number for snapshot in await home.snapshots()] == ["", "1Z999", ""]


async def test_a_changed_address_alone_is_a_change(home: Any) -> None:
    await home.fetch(raw_order())
    home.now += MINUTE
    moved = raw_order()["recipient_address"] | {"address_line1": "78 Planted Parkway"}
    assert await home.fetch(raw_order(recipient_address=moved)) == 1
    first, second = await home.snapshots()
    assert (first.recipient.version, second.recipient.version) == (1, 2)
    assert first.recipient.digest != second.recipient.digest


async def test_an_address_that_comes_masked_later_keeps_the_clear_one(home: Any) -> None:
    await home.fetch(raw_order())
    home.now += MINUTE
    assert await home.fetch(raw_order(recipient_address=MASKED)) == 0
    assert (await kept(home))["name"] == "Petra Plantedbuyer"
    home.now += MINUTE
    await home.fetch(raw_order(recipient_address=MASKED, status="IN_TRANSIT"))
    newest = (await home.snapshots())[-1]
    assert (newest.recipient.version, newest.recipient.masked) == (1, False)


async def test_an_address_first_seen_masked_says_so_and_gives_way_to_a_clear_one(home: Any) -> None:
    await home.fetch(raw_order(recipient_address=MASKED))
    home.now += MINUTE
    assert await home.fetch(raw_order()) == 1
    masked, clear = await home.snapshots()
    assert (masked.recipient.masked, clear.recipient.masked) == (True, False)


@pytest.mark.parametrize(
    "changes",
    [{"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, {"status": "UNPAID"}, {"status": "ON_HOLD"}],
    ids=["by TikTok", "unpaid", "on hold"],
)
async def test_an_order_that_is_not_ours_to_ship_leaves_no_buyer_behind(
    home: Any, changes: dict[str, Any]
) -> None:
    await home.fetch(raw_order(**changes))
    (fetched,) = await home.snapshots()
    assert (fetched.recipient, fetched.message) == (None, None)
    assert await kept(home) is None


async def test_erased_data_that_is_fetched_again_stays_erased(home: Any) -> None:
    await home.fetch(raw_order())
    await home.vault.erase_order(SHOP_ID, ORDER_ID, "retention")
    home.now += MINUTE
    await home.fetch(raw_order())
    home.now += MINUTE
    assert await home.fetch(raw_order()) == 0
    assert (await home.snapshots())[-1].recipient is None
    assert not isinstance(await home.vault.get(SHOP_ID, ORDER_ID, "recipient"), Secret)


async def test_the_vault_is_filled_before_the_event_is_there(home: Any) -> None:
    async def unwilling(entries: Sequence[Entry]) -> Any:
        raise ConnectionError

    home.vault.put_many = unwilling
    with pytest.raises(ConnectionError):
        await home.fetch(raw_order())
    assert await home.store.read(STREAM) == ()


async def test_one_page_costs_one_read_and_one_append(home: Any) -> None:
    calls: list[str] = []
    read_many, append = home.store.read_many, home.store.append

    async def counted_read(streams: Any) -> Any:
        calls.append("read")
        return await read_many(streams)

    async def counted_append(commands: Any) -> Any:
        calls.append("append")
        return await append(commands)

    home.store.read_many, home.store.append = counted_read, counted_append
    assert await home.fetch(*(raw_order(id=str(n)) for n in range(1, 101))) == 100
    assert calls == ["read", "append"]


async def test_an_order_that_comes_twice_in_a_page_is_one_event(home: Any) -> None:
    newer = raw_order(update_time=raw_order()["update_time"] + 60, status="AWAITING_COLLECTION")
    assert await home.fetch(newer, raw_order(), newer) == 1
    assert [snapshot.status for snapshot in await home.snapshots()] == ["AWAITING_COLLECTION"]


async def test_when_another_writer_was_faster_the_stream_is_folded_again(home: Any) -> None:
    append = home.store.append
    raced: list[int] = []

    async def race(commands: Sequence[Append]) -> Any:
        if not raced:
            raced.append(1)
            await append(commands)
        outcomes = await append(commands)
        raced.extend(isinstance(outcome, WrongVersion) for outcome in outcomes)
        return outcomes

    home.store.append = race
    assert await home.fetch(raw_order()) == 0
    assert raced == [1, True]
    assert len(await home.snapshots()) == 1


async def test_orders_that_cannot_be_read_are_named_and_stop_nobody(home: Any) -> None:
    items = (read(Order, {"status": "UNPAID"}), read(Order, raw_order()))
    page = Page(items, None, 3, home.now, "request-1", problems=("orders[1]",))
    ingest: Ingest = home.ingest
    with capture_logs() as logs:
        assert await ingest.page(SHOP_ID, page) == 1
    found = [(entry["event"], entry.get("field")) for entry in logs]
    assert found == [("order.unreadable", "orders[1]"), ("order.without_id", None)]


async def test_an_empty_page_touches_nothing(home: Any) -> None:
    assert await home.fetch() == 0
    assert await home.store.head() == 0
