"""Buyers' data goes 30 days after the order ended, once, and never comes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import SHOP_ID, raw_order

from fetcher.order_index import CLAIMED_FOR
from fetcher.recording.erasure import AT_A_TIME
from ordersync_contracts.events import RecipientErased
from ordersync_contracts.streams import order_stream
from vault.values import Erased, Secret

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
Raw = Callable[..., dict[str, Any]]


async def erase(home: Any) -> int:
    """Erases what is due, a few orders; how many were looked at."""
    looked_at: int = await home.service.rounds["erasure"]()
    return looked_at


def at(home: Any) -> int:
    return int(home.now.timestamp())


async def shipped_and(home: Any, status: str, order_id: str = "5") -> None:
    """An order whose buyer is kept reaches this status now."""
    await home.fetch(raw_order(id=order_id))
    await home.fetch(raw_order(id=order_id, status=status, update_time=at(home)))


async def kept(home: Any, order_id: str = "5") -> Any:
    return await home.vault.get(SHOP_ID, order_id, "recipient")


async def told(home: Any, order_id: str = "5") -> list[str]:
    return [recorded.name for recorded in await home.store.read(order_stream(SHOP_ID, order_id))]


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED"])
async def test_a_buyer_is_erased_thirty_days_after_the_order_ended(home: Any, status: str) -> None:
    await shipped_and(home, status)
    home.now += 30 * DAY - SECOND
    assert await erase(home) == 0
    assert isinstance(await kept(home), Secret)
    home.now += 2 * SECOND
    assert await erase(home) == 1
    gone = await kept(home)
    assert isinstance(gone, Erased)
    assert gone.reason == "retention"
    last = (await home.store.read(order_stream(SHOP_ID, "5")))[-1].event
    assert last == RecipientErased(
        shop_id=SHOP_ID, order_id="5", erased_by="fetcher", reason="retention"
    )
    assert isinstance(await home.vault.get(SHOP_ID, "5", "message"), Erased)


async def test_the_time_runs_from_the_cancellation_not_from_the_last_change(home: Any) -> None:
    await home.fetch(raw_order(id="5"))
    cancelled: dict[str, Any] = {"status": "CANCELLED", "cancel_time": at(home)}
    await home.fetch(raw_order(id="5", update_time=at(home), **cancelled))
    await home.fetch(raw_order(id="5", update_time=at(home) + 86_400, **cancelled))
    home.now += 30 * DAY + SECOND
    await erase(home)
    assert isinstance(await kept(home), Erased)


async def test_an_order_that_has_not_ended_keeps_its_buyer(home: Any) -> None:
    await shipped_and(home, "DELIVERED")
    home.now += 400 * DAY
    assert await erase(home) == 0
    assert isinstance(await kept(home), Secret)


async def test_what_is_erased_stays_refused_and_fetching_it_again_appends_nothing(
    home: Any,
) -> None:
    await shipped_and(home, "COMPLETED")
    completed = raw_order(id="5", status="COMPLETED", update_time=at(home))
    home.now += 31 * DAY
    await erase(home)
    before = await told(home)
    for _ in range(3):
        home.now += DAY
        assert await home.fetch(completed) == 0
        assert await erase(home) == 0
    assert await told(home) == before
    assert isinstance(await kept(home), Erased)


async def test_a_change_after_the_erasure_is_one_event_without_the_buyer(home: Any) -> None:
    await shipped_and(home, "COMPLETED")
    home.now += 31 * DAY
    await erase(home)
    changed = raw_order(id="5", status="COMPLETED", update_time=at(home), tracking_number="1Z")
    assert [await home.fetch(changed) for _ in range(3)] == [1, 0, 0]
    last = (await home.snapshots("5"))[-1]
    assert (last.recipient, last.message, last.tracking_number) == (None, None, "1Z")
    assert await erase(home) == 0
    assert (await told(home)).count("RecipientErased") == 1


async def test_whoever_goes_on_after_a_kill_says_what_was_erased(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shipped_and(home, "COMPLETED")
    home.now += 31 * DAY

    async def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(home.store, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            await erase(home)
    assert isinstance(await kept(home), Erased)
    assert "RecipientErased" not in await told(home)
    assert await erase(home) == 0
    home.now += CLAIMED_FOR
    assert await erase(home) == 1
    assert (await told(home)).count("RecipientErased") == 1


async def test_a_few_orders_are_erased_at_a_time_the_longest_ended_first(home: Any) -> None:
    orders = [str(n) for n in range(AT_A_TIME + 5)]
    for n in reversed(orders):
        await home.fetch(raw_order(id=n, status="COMPLETED", update_time=at(home) - int(n)))
    home.now += 31 * DAY
    assert await erase(home) == AT_A_TIME
    still = [n for n in orders if isinstance(await kept(home, n), Secret)]
    assert still == ["0", "1", "2", "3", "4"]
    assert await erase(home) == 5
    assert await erase(home) == 0


async def test_an_order_that_somebody_else_erased_is_not_told_again(home: Any) -> None:
    await shipped_and(home, "COMPLETED")
    await home.vault.erase_order(SHOP_ID, "5", "customer_request")
    await home.record(
        RecipientErased(
            shop_id=SHOP_ID, order_id="5", erased_by="shopify-writer", reason="customer_request"
        )
    )
    home.now += 31 * DAY
    assert await erase(home) == 1
    assert (await told(home)).count("RecipientErased") == 1
    assert await erase(home) == 0


async def test_a_buyer_whose_time_is_over_is_not_kept_in_the_first_place(home: Any) -> None:
    old = int((home.now - 31 * DAY).timestamp())
    await home.fetch(raw_order(id="5", status="COMPLETED", create_time=old, update_time=old))
    assert await kept(home) is None
    assert (await home.snapshots("5"))[-1].recipient is None
    assert await erase(home) == 0
    assert await told(home) == ["OrderFetched"]


async def test_an_end_that_a_late_answer_took_back_is_corrected_not_erased(home: Any) -> None:
    await home.fetch(raw_order(id="5", status="DELIVERED", update_time=at(home)))
    await home.fetch(raw_order(id="5", status="COMPLETED", update_time=at(home) - 60))
    home.now += 31 * DAY
    assert await erase(home) == 1
    assert isinstance(await kept(home), Secret)
    assert await erase(home) == 0
