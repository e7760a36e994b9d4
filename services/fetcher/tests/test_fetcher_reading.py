"""Pages are read one by one, each durable before the next; a token is renewed once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.world.story import NOW, raw_order

from fetcher.domain import OPEN, Window
from fetcher.reading.orders import READ_AGAIN, OrderReader
from fetcher.reading.recent_changes import RecentChanges
from fetcher.reading.shop_calls import PageTokenLoops
from lifecycle.shop import Shop
from tiktok.errors import AuthorizationLost, ServerTrouble, Throttled, TokenExpired

SHOP = Shop(shop_id="7495514739512345678", grant_id="grant-1", is_connected=True)
WINDOW = Window(NOW - timedelta(minutes=2), NOW)


class TikTok:
    """Answers searches from ``pages`` (token → orders, next token); keeps what it was asked."""

    def __init__(self, reader: OrderReader) -> None:
        self.reader = reader
        self.pages: dict[str, tuple[list[Any], str]] = {"": ([], "")}
        self.counted: int | None = None
        self.answer: Callable[[httpx.Request], httpx.Response] | None = None
        self.good_token = "access-0"
        self.refreshes = 0
        self.failing: list[httpx.Response] = []
        self.searches: list[tuple[dict[str, str], dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token/refresh"):
            return self._refreshed()
        if self.answer:
            return self.answer(request)
        query = dict(request.url.params)
        self.searches.append((query, json.loads(request.content)))
        if request.headers["x-tts-access-token"] != self.good_token:
            return httpx.Response(401, json={"code": 105002, "message": "Expired credentials"})
        if self.failing:
            return self.failing.pop(0)
        orders, following = self.pages[query.get("page_token", "")]
        data = {
            "orders": orders,
            "next_page_token": following,
            "total_count": self.counted or len(orders),
        }
        return httpx.Response(200, json={"code": 0, "message": "Success", "data": data})

    async def read_updated(self) -> int:
        """What we read of it."""
        return await self.reader.updated(SHOP, WINDOW, WINDOW.since, RecentChanges())

    def _refreshed(self) -> httpx.Response:
        self.refreshes += 1
        in_a_week = int((NOW + timedelta(days=7)).timestamp())
        data = {
            "access_token": f"access-{self.refreshes}",
            "access_token_expire_in": in_a_week,
            "refresh_token": f"refresh-{self.refreshes}",
            "refresh_token_expire_in": in_a_week,
        }
        return httpx.Response(200, json={"code": 0, "message": "Success", "data": data})


@pytest.fixture
async def tiktok(home: Any) -> TikTok:
    await home.authorise(SHOP.shop_id)
    made = TikTok(home.service.reader)
    home.network = httpx.MockTransport(made)
    return made


async def test_every_page_is_read_and_counted(tiktok: TikTok, home: Any) -> None:
    tiktok.pages = {
        "": ([raw_order(id="1"), raw_order(id="2")], "p2"),
        "p2": ([raw_order(id="3")], "p3"),
        "p3": ([], ""),
    }
    assert await tiktok.read_updated() == 3
    assert [query.get("page_token") for query, _ in tiktok.searches] == [None, "p2", "p3"]
    assert await home.store.streams("order") == tuple(
        f"order-{SHOP.shop_id}-{n}" for n in range(1, 4)
    )


async def test_a_window_by_update_time_is_asked_for_newest_first(tiktok: TikTok) -> None:
    await tiktok.read_updated()
    ((query, body),) = tiktok.searches
    assert body == {
        "update_time_ge": int(WINDOW.since.timestamp()),
        "update_time_lt": int(WINDOW.until.timestamp()),
    }
    assert query == query | {
        "sort_field": "update_time",
        "sort_order": "DESC",
        "page_size": "100",
        "shop_cipher": f"cipher-{SHOP.shop_id}",
    }


async def test_history_is_asked_for_by_creation_time(tiktok: TikTok) -> None:
    assert [page async for page in tiktok.reader.created(SHOP, WINDOW)]
    ((query, body),) = tiktok.searches
    assert set(body) == {"create_time_ge", "create_time_lt"}
    assert query["sort_field"] == "create_time"


async def test_open_orders_are_swept_status_by_status(tiktok: TikTok) -> None:
    for status in OPEN:
        assert [page async for page in tiktok.reader.open_orders(SHOP, status)]
    assert [body for _, body in tiktok.searches] == [{"order_status": status} for status in OPEN]


async def test_a_page_is_durable_before_the_next_is_asked_for(tiktok: TikTok, home: Any) -> None:
    tiktok.pages = {"": ([raw_order(id="1")], "p2"), "p2": ([raw_order(id="2")], "")}
    tiktok.failing = [httpx.Response(200, json=_page(raw_order(id="1"), "p2")), httpx.Response(503)]
    with pytest.raises(ServerTrouble):
        await tiktok.read_updated()
    assert await home.store.streams("order") == (f"order-{SHOP.shop_id}-1",)


def _page(order: dict[str, Any], following: str) -> dict[str, Any]:
    return {"code": 0, "data": {"orders": [order], "next_page_token": following}}


async def test_a_page_token_that_loops_ends_the_reading(tiktok: TikTok) -> None:
    tiktok.pages = {"": ([raw_order(id="1")], "p2"), "p2": ([], "p3"), "p3": ([], "p2")}
    with pytest.raises(PageTokenLoops):
        await tiktok.read_updated()
    assert len(tiktok.searches) == 3


async def test_an_order_that_changes_page_while_paging_is_read_once(tiktok: TikTok) -> None:
    tiktok.pages = {
        "": ([raw_order(id="1"), raw_order(id="2")], "p2"),
        "p2": ([raw_order(id="2")], ""),
    }
    assert await tiktok.read_updated() == 2


async def test_an_order_that_slips_to_a_page_that_was_read_is_not_missed(
    tiktok: TikTok, home: Any
) -> None:
    """Order 1 changes after the first page and leaves the window: 3 moves up onto that page."""

    def readings(request: httpx.Request) -> httpx.Response:
        tiktok.searches.append((dict(request.url.params), {}))
        pages = [(["1", "2"], "p2", 4), (["4"], "", 3), (["2", "3"], "p2", 3), (["4"], "", 3)]
        ids, following, total = pages[len(tiktok.searches) - 1]
        orders = [raw_order(id=order_id) for order_id in ids]
        data = {"orders": orders, "next_page_token": following, "total_count": total}
        return httpx.Response(200, json={"code": 0, "data": data})

    tiktok.answer = readings
    assert await tiktok.read_updated() == 4
    assert len(await home.store.streams("order")) == 4


async def test_a_single_page_that_holds_fewer_than_are_counted_is_read_again(
    tiktok: TikTok, home: Any
) -> None:
    def readings(request: httpx.Request) -> httpx.Response:
        tiktok.searches.append((dict(request.url.params), {}))
        orders = [raw_order(id="1")] if len(tiktok.searches) > 1 else []
        data = {"orders": orders, "next_page_token": "", "total_count": 1}
        return httpx.Response(200, json={"code": 0, "data": data})

    tiktok.answer = readings
    assert await tiktok.read_updated() == 1
    assert len(tiktok.searches) == 2


async def test_an_entry_that_cannot_be_read_is_no_reason_to_read_again(tiktok: TikTok) -> None:
    tiktok.pages = {"": ([raw_order(id="1"), "nonsense"], "")}
    assert await tiktok.read_updated() == 1
    assert len(tiktok.searches) == 1


async def test_a_window_that_never_stands_still_is_given_up_and_said(tiktok: TikTok) -> None:
    tiktok.counted = 9
    tiktok.pages = {"": ([raw_order(id="1")], "p2"), "p2": ([raw_order(id="2")], "")}
    with capture_logs() as logs:
        assert await tiktok.read_updated() == 2
    assert len(tiktok.searches) == 2 * (1 + READ_AGAIN)
    assert [(line["event"], line["missing"]) for line in logs] == [("window.never_stood_still", 7)]


async def test_an_expired_token_is_refreshed_once_and_the_call_made_again(tiktok: TikTok) -> None:
    tiktok.good_token = "access-1"
    tiktok.pages = {"": ([raw_order(id="1")], "p2"), "p2": ([raw_order(id="2")], "")}
    assert await tiktok.read_updated() == 2
    assert tiktok.refreshes == 1
    assert [query.get("page_token") for query, _ in tiktok.searches] == [None, None, "p2"]


async def test_a_token_that_is_refused_anew_is_not_refreshed_for_ever(tiktok: TikTok) -> None:
    tiktok.good_token = "none is good"
    with pytest.raises(TokenExpired):
        await tiktok.read_updated()
    assert tiktok.refreshes == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(429, json={}, headers={"Retry-After": "7"}), Throttled),
        (httpx.Response(401, json={"code": 105001, "message": "withdrawn"}), AuthorizationLost),
    ],
    ids=["throttled", "withdrawn"],
)
async def test_what_tiktok_refuses_reaches_the_follower(
    tiktok: TikTok, answer: httpx.Response, error: type[Exception]
) -> None:
    tiktok.failing = [answer]
    with pytest.raises(error):
        await tiktok.read_updated()
    assert tiktok.refreshes == 0
