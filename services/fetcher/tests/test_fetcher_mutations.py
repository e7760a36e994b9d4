"""Small changes of the fetcher that no test noticed once: each of these notices one."""

from datetime import timedelta
from typing import Any

import pytest
from services.fetcher.tests.conftest import page
from services.fetcher.tests.polled_shop import PolledShop
from tests.world.story import NOW, SHOP_ID, raw_order

from fetcher.domain import Window
from fetcher.reading.recent_changes import RecentChanges
from ordersync_contracts.events import HistoryFetched
from ordersync_contracts.streams import reconciliation_stream
from tiktok.wire.orders import Order
from tiktok.wire.reading import read
from vault.values import Erased, Secret

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


async def test_an_order_that_ended_later_than_noted_is_not_erased_before_its_time(
    home: Any,
) -> None:
    """The index is a view: what the stream says of the end counts."""
    await home.fetch(raw_order(id="5"))
    ended_at = int(home.now.timestamp())
    await home.fetch(raw_order(id="5", status="COMPLETED", update_time=ended_at))
    await home.order_index.ends(SHOP_ID, "5", home.now - 40 * DAY)
    erase = home.service.rounds["erasure"]
    assert await erase() == 1
    assert isinstance(await home.vault.get(SHOP_ID, "5", "recipient"), Secret)
    home.now += 30 * DAY - SECOND
    assert await erase() == 0
    home.now += 2 * SECOND
    assert await erase() == 1
    assert isinstance(await home.vault.get(SHOP_ID, "5", "recipient"), Erased)


async def test_history_is_covered_only_after_it_is_said_how_far_it_is_read(
    world: PolledShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.poller.poll(world.shop)
    begun = world.home.checkpoints.shops[SHOP_ID].covered_from
    append = world.home.store.append

    async def killed(commands: Any) -> Any:
        if any(command.stream == reconciliation_stream(SHOP_ID) for command in commands):
            raise KeyboardInterrupt
        return await append(commands)

    with monkeypatch.context() as patched:
        patched.setattr(world.home.store, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            await world.beside("bulk")
    assert world.home.checkpoints.shops[SHOP_ID].covered_from == begun
    await world.take_over()
    await world.beside("bulk")
    told = await world.home.store.read(reconciliation_stream(SHOP_ID))
    first = next(said.event for said in told if isinstance(said.event, HistoryFetched))
    assert first.window_ends_at == begun


@pytest.mark.parametrize(("after_s", "is_asked"), [(0.0, True), (0.999, True), (1.0, False)])
async def test_an_answer_of_the_second_of_a_change_may_be_without_it(
    home: Any, after_s: float, is_asked: bool
) -> None:
    """TikTok dates by whole seconds."""
    changed_at = NOW.replace(microsecond=0)
    await home.fetch(raw_order(id="5"), asked_at=changed_at + after_s * SECOND)
    stale = await home.ingest.not_asked_since(SHOP_ID, {"5": changed_at})
    assert (stale == ("5",)) is is_asked


@pytest.mark.parametrize("turn", [1, -1], ids=["the older first", "the newer first"])
async def test_of_an_order_twice_on_a_page_the_index_notes_the_newer_state(
    home: Any, turn: int
) -> None:
    """It may come twice when it changes while pages are read."""
    at = int(home.now.timestamp())
    older = raw_order(id="5", status="DELIVERED", update_time=at - 60)
    newer = raw_order(id="5", status="COMPLETED", update_time=at)
    states = [older, newer][::turn]
    await home.ingest.page(SHOP_ID, page(*states, asked_at=home.now))
    assert home.order_index.known[SHOP_ID, "5"].noted.ended_at == home.now.replace(microsecond=0)


def changed(order_id: str, at: Any) -> Order:
    return read(Order, raw_order(id=order_id, update_time=int(at.timestamp())))


def test_recent_changes_are_counted_from_the_begin_of_a_window_to_before_its_end() -> None:
    recent, begin = RecentChanges(), NOW - 2 * SECOND
    recent.note(changed(str(n), begin + (n - 1) * SECOND) for n in range(4))
    assert recent.count(Window(begin, NOW)) == 2
    recent.forget_before(begin)
    assert recent.count(Window(begin - DAY, NOW + DAY)) == 3


async def test_changes_are_remembered_for_as_long_as_a_window_may_reach_back(
    world: PolledShop,
) -> None:
    """A window begins an overlap before the last one's end, and that one may be short."""
    await world.step()
    await world.step(10 * timedelta(minutes=1))
    await world.place(*(raw_order(id=str(n)) for n in range(1, 351)))
    assert await world.step(timedelta(seconds=1)) == 350
    await world.searches()
    for _ in range(11):
        await world.poller.poll(world.shop)
        world.home.now += 10 * SECOND
    assert len(await world.searches()) == 11
