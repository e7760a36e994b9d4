"""A shop whose authorisation ended is paused with its reason, and followed when it is back."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest
from services.fetcher.tests.followed_shops import LIMIT_S, Shops, failing, shop

from connections.grants import GrantMissing
from connections.waits import Waits
from fetcher.authorisations import ENDED
from fetcher.order_index import SetAside
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream
from runtime.backoff import Backoff
from tiktok.errors import AuthorizationLost, ScopeMissing, ShopNotCovered


@pytest.mark.parametrize(
    "error",
    [
        AuthorizationLost("orders_search", "withdrawn"),
        ShopNotCovered("orders_search", "another seller's"),
        GrantMissing("shop 1 is not connected"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_shop_whose_authorisation_ended_is_paused_once_with_its_reason(
    shops: Shops, error: Exception
) -> None:
    shops.scripts["1"] = failing(error)
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("1", 1)
        await shops.until_steps("2", 20)
    assert shops.steps["1"] == 1
    history = await shops.home.store.read(shop_stream("1"))
    paused = [recorded.event for recorded in history if recorded.name == "ShopPaused"]
    assert [(pause.side, pause.reason_code) for pause in paused] == [("tiktok", ENDED)]


async def test_a_paused_shop_is_followed_again_when_it_resumes(shops: Shops) -> None:
    shops.scripts["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("1", 1)
        await shops.until_steps("2", 5)
        del shops.scripts["1"]
        await shops.say(events.ShopResumed(shop_id="1", side="tiktok"))
        await shops.until_steps("1", 5)


async def test_a_shop_that_was_authorised_anew_meanwhile_is_not_paused(shops: Shops) -> None:
    async def refused_while_the_seller_comes_back() -> None:
        if shops.steps["1"] == 1:
            await shops.say(shop("1")[0])
            raise AuthorizationLost("orders_search", "withdrawn")

    shops.scripts["1"] = refused_while_the_seller_comes_back
    await shops.connect("1")
    async with shops.following():
        await shops.until_steps("1", 3)
    assert "ShopPaused" not in await shops.heard("1")


async def test_a_pause_ends_by_itself_when_tiktok_accepts_the_authorisation_again(
    shops: Shops,
) -> None:
    shops.scripts["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("1", 1)
        await shops.until_steps("2", 20)
        del shops.scripts["1"]
        shops.home.now += timedelta(seconds=30)
        await shops.until_steps("1", 3)
    assert (await shops.heard("1"))[-2:] == ["ShopPaused", "ShopResumed"]


async def test_a_seller_who_is_back_is_polled_although_the_refused_call_is_still_asked_again(
    shops: Shops,
) -> None:
    async def refused_and_then_endless() -> None:
        if shops.steps["1"] == 1:
            raise AuthorizationLost("orders_search", "withdrawn")
        if shops.steps["1"] == 2:
            await asyncio.Event().wait()

    shops.scripts["1"] = refused_and_then_endless
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("2", 20)
        shops.home.now += timedelta(seconds=30)
        await shops.until_steps("1", 2)
        await shops.say(events.ShopResumed(shop_id="1", side="tiktok"))
        await shops.until_steps("1", 5)


async def test_a_pause_over_bulk_that_has_no_room_ends_when_tiktok_answers(shops: Shops) -> None:
    """Another kind of work is asked again: sweeps and history may wait for room for hours."""

    async def crowded() -> dict[str, int]:
        return {"mapper": 10**6}

    async def refused_and_then_no_room() -> None:
        del shops.bulk["1"]
        shops.home.lag = crowded
        raise AuthorizationLost("orders_search", "withdrawn")

    shops.home.monotonic = partial(next, count(0.0, 10.0))  # room is asked for each time
    shops.bulk["1"] = refused_and_then_no_room
    await shops.connect("1", "2")
    async with shops.following():
        while "ShopPaused" not in await shops.heard("1"):
            await shops.until_steps("2", shops.steps.get("2", 0) + 1)
        async with asyncio.timeout(LIMIT_S):
            while "ShopResumed" not in await shops.heard("1"):
                shops.home.now += timedelta(seconds=10)
                await shops.until_steps("2", shops.steps["2"] + 1)
        await shops.until_steps("1", shops.steps["1"] + 3)
    assert (await shops.heard("1"))[-2:] == ["ShopPaused", "ShopResumed"]


async def test_a_pause_does_not_end_by_work_for_which_no_call_is_due(
    make_home: Callable[..., Any],
) -> None:
    """An order that is set aside was refused: it is not due again when the shop is asked again."""
    shops = Shops(make_home(poll_interval_s=0.05, assignment_interval_s=0.01))
    refuse, now = failing(AuthorizationLost("order_detail", "withdrawn")), shops.home.now

    async def refused_from_now_on() -> None:
        shops.scripts["1"] = shops.bulk["1"] = refuse
        await refuse()

    shops.named["1"] = refused_from_now_on
    await shops.home.order_index.set_aside("1", SetAside("9", "order_too_large", now, now, now))
    await shops.connect("1", "2")
    async with shops.following():
        while "ShopPaused" not in await shops.heard("1"):
            await shops.until_steps("2", shops.steps.get("2", 0) + 1)
        await shops.until_steps("2", shops.steps["2"] + 5)
        steps = shops.steps.get("1", 0)
        shops.home.now += timedelta(seconds=30)
        await shops.until_steps("1", steps + 1)
        await shops.until_steps("2", shops.steps["2"] + 3)
        assert "ShopResumed" not in await shops.heard("1")
        shops.scripts.clear()
        shops.home.now += timedelta(minutes=2)
        await shops.until_steps("1", steps + 4)
    assert "ShopResumed" in await shops.heard("1")


@pytest.mark.parametrize(
    ("error", "reason_code"),
    [
        (ScopeMissing("orders_search", "a scope is missing"), "tiktok_scope_missing"),
        (AuthorizationLost("orders_search", "withdrawn"), ENDED),
    ],
)
async def test_what_stays_refused_is_said_once_and_asked_for_ever_more_seldom(
    shops: Shops, error: Exception, reason_code: str
) -> None:
    """Although another call, which lists the authorised shops, is answered all along."""
    shops.scripts["1"] = failing(error)
    shops.accepted.add("1")
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("1", 1)
        for _ in range(4 * 24):
            shops.home.now += timedelta(minutes=15)
            await shops.until_steps("2", shops.steps["2"] + 3)
    assert (await shops.heard("1")).count("ShopPaused") == 1
    assert "ShopResumed" not in await shops.heard("1")
    assert 48 < shops.steps["1"] < 100
    history = await shops.home.store.read(shop_stream("1"))
    assert history[-1].event == events.ShopPaused(
        shop_id="1", side="tiktok", reason_code=reason_code, refused="orders_search"
    )


async def test_a_pause_over_packages_does_not_end_because_orders_are_listed(shops: Shops) -> None:
    shops.dated["1"] = failing(AuthorizationLost("packages_search", "withdrawn"))
    await shops.connect("1", "2")
    async with shops.following():
        while "ShopPaused" not in await shops.heard("1"):
            await shops.until_steps("2", shops.steps.get("2", 0) + 1)
        for _ in range(20):
            shops.home.now += timedelta(minutes=15)
            await shops.until_steps("2", shops.steps["2"] + 3)
        assert (await shops.heard("1")).count("ShopPaused") == 1
        assert "ShopResumed" not in await shops.heard("1")
        del shops.dated["1"]
        steps = shops.steps["1"]
        shops.home.now += timedelta(minutes=15)
        await shops.until_steps("1", steps + 1)
    assert (await shops.heard("1"))[-1] == "ShopResumed"


async def test_a_shop_whose_every_token_is_refused_says_so(make_home: Callable[..., Any]) -> None:
    """105002, also to a token that was just given: `shop ls` shows the pause."""
    waits = Waits(shop=Backoff(first=0.001, longest=0.001))
    home = make_home(poll_interval_s=0.001, assignment_interval_s=0.01, waits=waits)
    shops = Shops(home)
    expired = {"code": 105002, "message": "Expired credentials."}
    shops.refused["1"] = httpx.Response(401, json=expired)
    await shops.connect("1", "2")
    async with shops.following():
        while "ShopPaused" not in await shops.heard("1"):
            await shops.until_steps("2", shops.steps.get("2", 0) + 1)
        await shops.until_steps("2", shops.steps["2"] + 20)
    (*_, paused) = [said.event for said in await shops.home.store.read(shop_stream("1"))]
    assert isinstance(paused, events.ShopPaused)
    assert (paused.side, paused.reason_code) == ("tiktok", "tiktok_token_refused")
    assert shops.refreshes == 1


async def test_an_authorisation_that_ends_during_bulk_pauses_the_shop(shops: Shops) -> None:
    shops.bulk["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await shops.connect("1", "2")
    async with shops.following():
        await shops.until_steps("2", 50)
    assert (await shops.heard("1")).count("ShopPaused") == 1
    assert shops.steps["1"] < 10
