"""Our clock may be off by as much as TikTok lets it: what it says is ordered by its own clock."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from services.fetcher.tests.polled_shop import PolledShop
from tests.world.story import SHOP_ID, raw_order

OFF = [0, 25, -25, -280]
"""TikTok takes requests that are some minutes old, but not from far in its future."""


def put(world: PolledShop, seconds: int) -> None:
    """Our clock is this much ahead of TikTok's from now on."""
    world.home.now += timedelta(seconds=seconds) - world.ahead
    world.ahead = timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", OFF)
async def test_a_clock_that_is_off_hides_no_tracking_number(
    world: PolledShop, seconds: int
) -> None:
    await world.step()
    put(world, seconds)
    await world.place(raw_order(id="5"))
    await world.step(timedelta(minutes=1))
    await world.step(timedelta(minutes=1))
    await world.change("5", status="AWAITING_COLLECTION")
    await world.step(timedelta(seconds=10))
    world.home.now += timedelta(seconds=5)
    line = (await world.orders())["5"]["line_items"][0]
    await world.change("5", line_items=[line | {"tracking_number": "1Z-NEW"}])
    for _ in range(5):
        await world.step(timedelta(seconds=30))  # the sweep comes after fifteen minutes
    assert (await world.snapshots("5"))[-1].lines[0].tracking_number == "1Z-NEW"


@pytest.mark.parametrize("seconds", OFF)
async def test_a_clock_that_is_off_loses_no_change(
    make_home: Callable[..., Any], seconds: int
) -> None:
    """By more than the overlap: the watermark never passes TikTok's own time."""
    world = PolledShop(make_home(poll_overlap_s=5.0))
    await world.open()
    await world.step()
    put(world, seconds)
    await world.step(timedelta(seconds=10))
    for n in range(40):
        world.home.now += timedelta(seconds=7)
        await world.place(raw_order(id=str(n), status="COMPLETED"))
        if n % 3 == 0:
            await world.poller.poll(world.shop)
    for _ in range(2):
        world.home.now += timedelta(minutes=1)
        await world.poller.poll(world.shop)
    assert len(await world.home.store.streams("order")) == 40
    assert world.home.checkpoints.shops[SHOP_ID].watermark <= world.date()


async def test_of_two_replicas_the_one_that_asked_later_counts(world: PolledShop) -> None:
    """The first asks by a clock that is ahead; what the second hears later is newer."""
    await world.step()
    put(world, 25)
    await world.place(raw_order(id="5"))
    await world.home.service.reader.named(world.shop, ["5"])
    world.home.now += timedelta(seconds=3)
    await world.change("5", tracking_number="1Z-NEW")
    put(world, 0)
    await world.home.service.reader.named(world.shop, ["5"])
    assert (await world.snapshots("5"))[-1].tracking_number == "1Z-NEW"
