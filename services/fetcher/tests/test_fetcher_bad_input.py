"""Whatever TikTok answers: it has its error, and in the end every order is there, once."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from services.fetcher.tests.polled_shop import PolledShop
from tests.world.story import SHOP_ID, raw_order

from connections.grants import to_credential
from fetcher.reading.shop_calls import PageTokenLoops
from tiktok.errors import (
    AuthorizationLost,
    Misconfigured,
    NoAnswer,
    ServerTrouble,
    Throttled,
    TokenExpired,
)

MINUTE = timedelta(minutes=1)
COUNT, PAGE = 23, 10


@pytest.fixture
async def busy(make_home: Callable[..., Any]) -> PolledShop:
    """Three pages of orders have come since the last poll."""
    shop = PolledShop(make_home(orders_per_page=PAGE))
    await shop.open()
    await shop.step()
    await shop.place(*(raw_order(id=str(n)) for n in range(COUNT)))
    return shop


async def all_are_there(world: PolledShop) -> None:
    """Once each, after the next rounds."""
    for later in (timedelta(seconds=10), MINUTE):
        await world.step(later)
    streams = await world.home.store.streams("order")
    assert len(streams) == COUNT
    histories = await world.home.store.read_many(streams)
    assert {len(history) for history in histories.values()} == {1}


async def fault(world: PolledShop, count: int = 1, after: int = 1, **rule: Any) -> None:
    match = {"match": {"path": "/order/202309/orders/search"}}
    await world.control("PUT", "/_sim/faults", [{**match, "count": count, "after": after, **rule}])


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "throttle", "delay_s": 7}, Throttled),
        ({"kind": "status", "status": 429, "code": 36009002}, Throttled),
        ({"kind": "status", "status": 500}, ServerTrouble),
        ({"kind": "status", "status": 503}, ServerTrouble),
        ({"kind": "html"}, ServerTrouble),
        ({"kind": "html", "status": 200}, NoAnswer),
        ({"kind": "truncated"}, NoAnswer),
    ],
    ids=["429 Retry-After", "429", "500", "503", "502 HTML", "HTML", "truncated"],
)
@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_page_that_fails_has_its_error_and_loses_no_order(
    busy: PolledShop, rule: dict[str, Any], error: type[Exception], after: int
) -> None:
    await fault(busy, after=after, **rule)
    checkpoints = list(busy.home.checkpoints.moves)
    with pytest.raises(error) as failure:
        await busy.step(timedelta(seconds=10))
    assert busy.home.checkpoints.moves == checkpoints
    if "delay_s" in rule:
        assert isinstance(failure.value, Throttled)
        assert failure.value.retry_after_s == rule["delay_s"]
    await all_are_there(busy)


async def test_an_expired_token_is_renewed_and_nothing_is_noticed(busy: PolledShop) -> None:
    await fault(busy, kind="status", status=401, code=105002)
    before = await busy.home.vault.get_credential("tiktok_grant", "grant-1")
    await busy.step(timedelta(seconds=10))
    after = await busy.home.vault.get_credential("tiktok_grant", "grant-1")
    assert before["access_token"] != after["access_token"]
    await all_are_there(busy)


async def test_a_token_that_stays_refused_has_its_error(busy: PolledShop) -> None:
    await fault(busy, count=2, kind="status", status=401, code=105002)
    with pytest.raises(TokenExpired):
        await busy.step(timedelta(seconds=10))
    await all_are_there(busy)


async def test_a_revoked_authorisation_has_its_error_and_a_new_one_goes_on(
    busy: PolledShop,
) -> None:
    await busy.control("DELETE", f"/_sim/grants?shop_id={SHOP_ID}")
    with pytest.raises(AuthorizationLost):
        await busy.step(timedelta(seconds=10))
    granted = await busy.control("POST", "/_sim/grants", {"shop_ids": [SHOP_ID]})
    tokens = to_credential(await busy.home.tokens.get(granted["auth_code"]))
    await busy.home.vault.put_credential("tiktok_grant", "grant-1", tokens)
    await all_are_there(busy)


async def test_a_wrong_clock_is_said_by_how_much_and_loses_no_order(busy: PolledShop) -> None:
    async def as_it_is(_: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        return body

    theirs = busy.home.now
    busy.network.meddle = as_it_is
    busy.network.headers = {"Date": format_datetime(theirs, usegmt=True)}
    busy.ahead = timedelta(minutes=10)
    busy.home.now += busy.ahead
    with pytest.raises(Misconfigured, match="clock, it is 600 s ahead of TikTok's"):
        await busy.poller.poll(busy.shop)
    busy.ahead = timedelta(0)
    busy.home.now = theirs
    await all_are_there(busy)


async def test_a_page_token_that_loops_has_its_error_and_loses_no_order(busy: PolledShop) -> None:
    firsts: list[dict[str, Any]] = []

    async def loop(request: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        firsts.append(body)
        return firsts[0]

    busy.network.meddle = loop
    with pytest.raises(PageTokenLoops):
        await busy.step(timedelta(seconds=10))
    busy.network.meddle = None
    await all_are_there(busy)


async def test_orders_that_change_page_while_paging_are_all_there_in_the_end(
    busy: PolledShop,
) -> None:
    """Each page that is read, an order of it changes and moves to the end of the list."""
    moved = 0

    async def touch(request: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        nonlocal moved
        if moved < 3 and body["data"].get("orders"):
            moved += 1
            order_id = body["data"]["orders"][0]["id"]
            busy.home.now += timedelta(seconds=1)
            await busy.change(order_id, status="AWAITING_COLLECTION")
        return body

    busy.network.meddle = touch
    await busy.step(timedelta(seconds=10))
    busy.network.meddle = None
    for _ in range(2):
        await busy.step(timedelta(seconds=10))
    assert moved == 3
    for order_id, order in (await busy.orders()).items():
        assert (await busy.statuses(order_id))[-1] == order["status"]


@pytest.mark.parametrize("money", ["twelve", "", "1,25", None, [], {}])
async def test_money_that_is_no_number_is_named_and_loses_no_order(
    world: PolledShop, money: object
) -> None:
    async def spoil(request: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        for order in body["data"].get("orders", []):
            if order["id"] == "1":
                order["payment"]["total_amount"] = money
        return body

    world.network.meddle = spoil
    await world.place(raw_order(id="1"), raw_order(id="2"))
    await world.step()
    assert (await world.snapshots("1"))[-1].problems == ("payment.total_amount",)
    assert (await world.snapshots("2"))[-1].problems == ()


async def test_ids_that_come_as_numbers_are_the_same_order(world: PolledShop) -> None:
    async def as_number(request: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        for order in body["data"].get("orders", []):
            order["id"] = int(order["id"])
        return body

    order_id = "576461413038785752"
    await world.place(raw_order(id=order_id))
    await world.step()
    world.network.meddle = as_number
    await world.step(timedelta(minutes=16))
    assert len(await world.statuses(order_id)) == 1
    assert len(await world.home.store.streams("order")) == 1
