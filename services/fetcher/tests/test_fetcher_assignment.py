"""Shops are followed side by side; what happens to one is nobody else's matter."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import pytest
from services.fetcher.tests.followed_shops import Shops, failing, shop
from structlog.testing import capture_logs

from eventstore.journal import Contention
from ordersync_contracts import events
from tiktok.errors import NoAnswer, Throttled


def interruptions(logs: Iterable[MutableMapping[str, Any]]) -> list[str]:
    """What ended the following, each time until it began anew."""
    return [line["error"] for line in logs if line["event"] == "task.interrupted"]


async def test_every_connected_shop_is_followed_under_its_own_lock(shops: Shops) -> None:
    await shops.connect("1", "2", "3")
    await shops.say(events.ShopDisconnected(shop_id="3", disconnected_by="ana"))
    async with shops.following():
        await shops.until_steps("1", 3)
        await shops.until_steps("2", 3)
        assert shops.owned == {"1", "2"}
    assert "3" not in shops.steps


async def test_a_shop_whose_lock_another_process_holds_is_left_alone(shops: Shops) -> None:
    await shops.connect("1", "2", "3")
    async with shops.others(1, "1"), shops.following():
        await shops.until_steps("2", 3)
        await shops.until_steps("3", 3)
    assert "1" not in shops.steps


async def test_a_slow_shop_delays_no_other(shops: Shops) -> None:
    shops.scripts["1"] = asyncio.Event().wait
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("1", 1)
        await shops.until_steps("2", 20)
    assert shops.steps["1"] == 1


@pytest.mark.parametrize(
    "error",
    [
        Throttled("orders_search", "too many", retry_after_s=30.0),
        NoAnswer("orders_search", "no answer"),
        LookupError("a bug"),
        Contention("1 streams changed 20 times"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_shop_that_cannot_be_read_waits_and_delays_no_other(
    shops: Shops, error: Exception
) -> None:
    shops.scripts["1"] = failing(error)
    await shops.connect("1", "2")
    with capture_logs() as logs:
        async with shops.following():
            await shops.until_steps("1", 1)
            await shops.until_steps("2", 20)
    assert shops.steps["1"] == 1
    assert [entry["shop"] for entry in logs if entry["log_level"] != "info"] == ["1"]
    assert "ShopPaused" not in await shops.heard("1")


async def test_a_shop_that_is_disconnected_is_no_longer_asked_for(shops: Shops) -> None:
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("1", 1)
        await shops.say(events.ShopDisconnected(shop_id="1", disconnected_by="ana"))
        steps, others = shops.steps["1"], shops.steps.get("2", 0)
        await shops.until_steps("2", others + 20)
        assert shops.steps["1"] <= steps + 1
        await shops.say(shop("1")[0])
        await shops.until_steps("1", steps + 5)


async def lose_the_epoch(shops: Shops) -> None:
    await shops.home.checkpoints.take_over("1")


async def lose_the_store(shops: Shops) -> None:
    async def away() -> int:
        raise ConnectionResetError

    shops.home.store.head = away


async def lose_the_lease(shops: Shops) -> None:
    shops.session_of("1").lease.end()


@pytest.mark.parametrize(
    ("lose", "why"),
    [
        pytest.param(
            lose_the_epoch, "Overtaken", id="without its epoch, until it is taken over again"
        ),
        pytest.param(lose_the_store, "ConnectionResetError", id="without the store"),
        pytest.param(lose_the_lease, "LeaseLost", id="when the lease is lost"),
    ],
)
async def test_no_shop_is_followed(
    lose: Callable[[Shops], Awaitable[None]], why: str, shops: Shops
) -> None:
    await shops.connect("1", "2")
    with capture_logs() as logs:
        async with shops.following():
            await shops.until_steps("1", 2)
            session = shops.session_of("1")
            await lose(shops)
            await shops.until_ended(session)
            assert shops.owned == set()
    assert interruptions(logs) == [why]


async def test_replicas_take_their_share_of_the_shops(shops: Shops) -> None:
    await shops.connect(*"12345")
    async with shops.others(1), shops.following():
        await shops.until(lambda: len(shops.steps) == 3)
        await shops.until_steps("1", 20)
    assert len(shops.steps) == 3


async def test_a_replica_that_has_more_than_its_share_gives_shops_back(shops: Shops) -> None:
    await shops.connect(*"12345")
    async with shops.following():
        await shops.until(lambda: len(shops.steps) == 5)
        async with shops.others(2):
            await shops.until(lambda: len(shops.owned) == 2)
            steps = {n: shops.steps[n] for n in shops.steps if n not in shops.owned}
            for n in shops.owned:
                await shops.until_steps(n, shops.steps[n] + 20)
            assert steps == {n: shops.steps[n] for n in steps}
    assert len(steps) == 3


async def test_rounds_never_wait_for_their_shop_s_bulk(shops: Shops) -> None:
    begun = 0

    async def endless() -> None:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()

    shops.bulk["1"] = endless
    await shops.connect("1")
    async with shops.following():
        await shops.until_steps("1", 20)
    assert begun == 1


async def test_bulk_that_failed_waits_while_rounds_go_on(shops: Shops) -> None:
    tried = 0

    async def fail() -> None:
        nonlocal tried
        tried += 1
        raise NoAnswer("orders_search", "no answer")

    shops.bulk["1"] = fail
    await shops.connect("1")
    async with shops.following():
        await shops.until_steps("1", 20)
    assert tried == 1
