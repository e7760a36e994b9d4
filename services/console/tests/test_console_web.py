"""The pages: what they show, what their forms do, and what they refuse."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from console import projection
from console.bulk import BulkSyncs
from console.desk import Desk
from console.rows import OrderFilter
from console.web.app import build
from console.web.security import COOKIE
from console.web.site import Site
from lifecycle import shop
from lifecycle.link import linked
from ordersync_contracts import events
from ordersync_contracts.streams import (
    link_stream,
    order_stream,
    reconciliation_stream,
    shop_stream,
)

TOKEN = "token-of-this-browser"


class Browser:
    """Follows links and fills forms the way a browser would."""

    def __init__(self, http: httpx.AsyncClient, site: Site) -> None:
        self._http = http
        self._site = site

    async def get(self, path: str, **headers: str) -> httpx.Response:
        await projection.catch_up(self._site.desk.store, self._site.desk.rows)
        return await self._http.get(path, headers=headers)

    async def post(self, path: str, _headers: Any = None, **fields: Any) -> httpx.Response:
        return await self._http.post(
            path, data={"form_token": TOKEN, **fields}, headers=_headers or {}
        )


class Lags:
    """How far the mapper is behind, and whether somebody asked."""

    def __init__(self) -> None:
        self.mapper = 0
        self.asked = asyncio.Event()

    async def __call__(self) -> dict[str, int]:
        self.asked.set()
        return {"mapper": self.mapper}


@pytest.fixture
def lags() -> Lags:
    return Lags()


@pytest.fixture
def site(store: Any, rows: Any, clock: Any, lags: Lags) -> Site:
    ids = iter(f"form-{n}" for n in range(10_000))
    desk = Desk(store, rows, clock, "console", lambda: next(ids))
    return Site(desk, BulkSyncs(desk, lags))


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=build(site)),
        base_url="http://127.0.0.1",
        cookies={COOKIE: TOKEN},
    ) as http:
        yield Browser(http, site)


def _rows_of(page: httpx.Response) -> list[str]:
    return re.findall(r'href="/orders/\d+/(\d+)"', page.text)


async def _count(store: Any, stream: str, name: str) -> int:
    return sum(recorded.name == name for recorded in await store.read(stream))


async def test_the_list_shows_status_reason_fix_and_shopify_order(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order(
        "101", happen.eligible("101"), happen.created("101"), happen.in_transit("101")
    )
    await story.order("102", happen.blocked("102"))
    page = await browser.get("/orders")
    assert set(_rows_of(page)) == {"101", "102"}
    for expected in (
        "Synced",
        "https://harbor.myshopify.com/admin/orders/5001",
        "#5001",
        "In transit",
        "Item not linked.",
        "<code>ordersync products link</code>",
        "$25.00",
    ):
        assert expected in page.text


async def test_not_eligible_orders_have_a_view_of_their_own(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await story.order("102", happen.ineligible("102", "not_us"))
    assert _rows_of(await browser.get("/orders")) == ["101"]
    page = await browser.get("/orders?view=not-eligible")
    assert _rows_of(page) == ["102"]
    assert "is off: Not a US order" in page.text


async def test_filters_come_from_the_address_and_nonsense_in_it_is_left_out(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order("101", lines=(happen.line(1, is_gift=True),))
    await story.order("102", happen.blocked("102"))
    await story.order("203", is_sample=True)
    for query, expected in {
        "gift=1": ["101"],
        "sample=1": ["203"],
        "reason=unlinked_sku": ["102"],
        "q=20": ["203"],
        "shop=999": [],
        "view=sync-failed": ["102"],
    }.items():
        assert _rows_of(await browser.get(f"/orders?{query}")) == expected, query
    page = await browser.get("/orders?view=lost&reason=%3Cb%3E&after=noon&q=%3Cscript%3E")
    assert page.status_code == 200
    assert "<script>" not in page.text


async def test_older_orders_are_a_link_away(browser: Browser, story: Any, happen: Any) -> None:
    await story.shop()
    for n in range(60):
        await story.order(str(1000 + n))
    page = await browser.get("/orders")
    assert len(_rows_of(page)) == 50
    older = re.search(r'href="(/orders\?after=[^"]+)"', page.text)
    assert older is not None
    rest = await browser.get(older[1].replace("&amp;", "&"))
    assert len(_rows_of(rest)) == 10
    assert not set(_rows_of(rest)) & set(_rows_of(page))


async def test_sync_of_one_row_is_recorded_and_told(
    browser: Browser, store: Any, story: Any, happen: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    for _ in range(2):
        answer = await browser.post("/orders/sync?view=not-synced", request_id="r1", one=stream)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/orders?view=not-synced",
        )
    assert await _count(store, stream, "SyncRequested") == 1
    asked = (await store.read(stream))[-1].event
    assert (asked.requested_by, asked.mode, asked.request_id) == ("console", "manual", "r1")
    page = await browser.get("/orders")
    assert "Syncing 1 order." in page.text
    assert "Syncing 1 order." not in (await browser.get("/orders")).text


async def test_a_bulk_sync_tells_every_outcome(
    browser: Browser, store: Any, story: Any, happen: Any
) -> None:
    await story.shop()
    streams = [
        await story.order("101", happen.eligible("101")),
        await story.order("102", happen.eligible("102")),
        await story.order("103", happen.ineligible("103")),
        await story.order("104", happen.eligible("104"), happen.created("104")),
    ]
    await browser.post("/orders/sync", request_id="r1", pick=streams)
    page = await browser.get("/orders")
    told = "Syncing 2 orders. 1 order left alone: already synced or syncing. 1 order refused"
    assert told in page.text
    assert [await _count(store, stream, "SyncRequested") for stream in streams] == [1, 1, 0, 0]


async def test_all_that_match_are_synced_page_by_page_and_only_those(
    browser: Browser, site: Site, store: Any, story: Any, happen: Any
) -> None:
    await story.shop()
    for n in range(3):
        await story.order(f"10{n}", happen.eligible(f"10{n}"))
    other = await story.order("900", happen.blocked("900"))
    await browser.get("/orders")
    for _ in range(2):
        await browser.post("/orders/sync?view=not-synced", request_id="r1", all_matching="1")
    assert "Syncing all matching orders" in (await browser.get("/orders")).text
    working = asyncio.create_task(site.bulk.work())
    async with asyncio.timeout(5):
        await site.bulk.newest[0].done.wait()
    working.cancel()
    for n in range(3):
        assert await _count(store, order_stream(happen.SHOP, f"10{n}"), "SyncRequested") == 1
    assert await _count(store, other, "SyncRequested") == 0
    assert len(site.bulk.newest) == 1


async def test_a_bulk_sync_waits_while_a_group_is_far_behind(
    browser: Browser, site: Site, store: Any, story: Any, happen: Any, lags: Lags
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    lags.mapper = 1001
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    working = asyncio.create_task(site.bulk.work())
    async with asyncio.timeout(5):
        await lags.asked.wait()
    await asyncio.sleep(0)
    assert "waiting until mapper has caught up" in (await browser.get("/orders")).text
    assert await _count(store, stream, "SyncRequested") == 0
    working.cancel()


async def test_a_bulk_sync_waits_while_its_store_s_bulk_lane_is_full(
    site: Site, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await projection.catch_up(site.desk.store, site.desk.rows)
    asked: list[str] = []

    async def backlog(store: str) -> float:
        asked.append(store)
        return 121.0 if len(asked) == 1 else 120.0

    bulk = BulkSyncs(site.desk, site.bulk.lag, backlog)
    run = bulk.begin(OrderFilter(), site.desk.request(), 1)
    waited: list[tuple[str, ...]] = []

    async def look_again(_: float) -> None:
        waited.append(run.waits_for)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("console.bulk.asyncio.sleep", look_again)
        working = asyncio.create_task(bulk.work())
        await run.done.wait()
    working.cancel()
    assert waited == [(happen.STORE,)]
    assert asked == [happen.STORE] * 2
    assert run.asked == 1


async def test_the_live_part_is_sent_only_when_something_changed(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order("101")
    first = await browser.get("/orders/live")
    assert (first.status_code, _rows_of(first)) == (200, ["101"])
    same = await browser.get("/orders/live", **{"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.text) == (304, "")
    await story.order("102")
    changed = await browser.get("/orders/live", **{"If-None-Match": first.headers["etag"]})
    assert set(_rows_of(changed)) == {"101", "102"}


async def test_an_order_has_its_story_reason_and_values(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"), happen.blocked("101"))
    page = await browser.get(f"/orders/{happen.SHOP}/101")
    for expected in (
        "Fetched from TikTok",
        "Awaiting shipment, 2 items, 25.00 USD",
        "An item has no linked Shopify variant.",
        "You can fix this",
        "Pine candle",
        'href="/products"',
    ):
        assert expected in page.text
    live = await browser.get(f"/orders/{happen.SHOP}/101/live", **{"If-None-Match": '"3"'})
    assert live.status_code == 304


async def test_a_synced_order_shows_a_later_change_that_failed_and_offers_sync(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    made = happen.created("101")
    failed = events.ShopifyUpdateFailed(
        shop_id=made.shop_id,
        order_id="101",
        store=made.store,
        shopify_order_id=made.shopify_order_id,
        change="delivery",
        reason_code="shopify_unavailable",
        request_id="r-17",
    )
    await story.order("101", happen.eligible("101"), made, failed)
    page = await browser.get(f"/orders/{happen.SHOP}/101")
    for expected in (
        "Synced",
        "Shopify not reachable",
        "It was tried for 72 hours",
        "request r-17",
        'id="sync" name="one"',
    ):
        assert expected in page.text
    listed = await browser.get("/orders")
    assert "Shopify not reachable" in listed.text


async def test_sync_on_an_orders_page_comes_back_to_it(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    answer = await browser.post("/orders/sync", request_id="r1", one=stream, origin="order")
    assert answer.headers["location"] == f"/orders/{happen.SHOP}/101"


async def test_an_unknown_order_is_a_page_that_says_so(browser: Browser) -> None:
    page = await browser.get("/orders/1/2")
    assert page.status_code == 404
    assert "No shop has an order with this id." in page.text


async def test_pages_show_up_to_when_a_shop_is_proven_complete(
    browser: Browser, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.shop("7495000002")
    begins = happen.NOW - timedelta(days=7)

    async def fetched(shop_id: str, until: datetime | None) -> None:
        said: Any = events.HistoryFetched(
            shop_id=shop_id, window_begins_at=begins, window_ends_at=happen.NOW, orders=3
        )
        if until is not None:
            said = events.OrdersReconciled(
                shop_id=shop_id,
                window_begins_at=begins,
                complete_until=until,
                tiktok_count=3,
                stored_count=3,
            )
        await story.tell(reconciliation_stream(shop_id), said, source="fetcher")

    async def shown(path: str) -> str:
        text = (await browser.get(path)).text
        return re.sub(r"<[^>]*>", "", text)

    assert "Past orders are still read: Harbor &amp; Pine, Harbor" in await shown("/orders")
    await fetched(happen.SHOP, None)
    path = f"/orders?shop={happen.SHOP}"
    assert "Not proven complete yet: Harbor" in await shown(path)
    await fetched(happen.SHOP, happen.NOW)
    for page in (path, f"/settings?shop={happen.SHOP}"):
        assert "Complete up to Nov 24, 2026, 12:00 UTC" in await shown(page)
    assert "Complete up to" not in await shown("/orders")
    await fetched("7495000002", None)
    await fetched("7495000002", happen.NOW - timedelta(hours=1))
    assert "Complete up to Nov 24, 2026, 11:00 UTC" in await shown("/orders")


async def test_settings_say_what_automatic_sync_would_do_now(
    browser: Browser, store: Any, story: Any, happen: Any
) -> None:
    await story.shop()
    for n in range(3):
        await story.order(f"10{n}", happen.eligible(f"10{n}"))
    page = await browser.get("/settings")
    assert "will sync 3 existing orders now" in page.text
    answer = await browser.post(
        f"/settings/{happen.SHOP}", request_id="r1", automatic_sync="on", customer="none"
    )
    assert answer.status_code == 303
    known = shop.fold(await store.read(shop_stream(happen.SHOP)))
    assert known.settings.automatic_sync
    assert known.settings.customer == "none"
    await browser.post(f"/settings/{happen.SHOP}", request_id="r2", customer="none")
    known = shop.fold(await store.read(shop_stream(happen.SHOP)))
    assert not known.settings.automatic_sync


async def test_every_setting_of_an_order_is_on_the_page(browser: Browser, story: Any) -> None:
    await story.shop()
    page = (await browser.get("/settings")).text
    for name in (
        "automatic_sync",
        "auto_link_same_sku",
        "discounts",
        "inventory",
        "customer",
        "unlinked_items",
        "money_mismatch",
        "cancellation",
    ):
        assert f'name="{name}"' in page


@pytest.mark.parametrize(
    ("shop_id", "fields", "status"),
    [("42", {}, 404), ("7495000001", {"customer": "all"}, 400)],
)
async def test_settings_that_cannot_be_are_refused(
    shop_id: str, fields: dict[str, str], status: int, browser: Browser, story: Any
) -> None:
    await story.shop()
    answer = await browser.post(f"/settings/{shop_id}", request_id="r1", **fields)
    assert answer.status_code == status


async def test_products_show_who_waits_and_link_and_unlink(
    browser: Browser, store: Any, story: Any, happen: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    page = await browser.get("/products")
    assert "1 order" in page.text
    fields = {"shop_id": happen.SHOP, "sku_id": "1729000001"}
    await browser.post("/products/link", request_id="r1", variant="8801", **fields)
    assert "is linked" in (await browser.get("/products")).text
    stream = link_stream(happen.SHOP, "1729000001")
    assert linked(await store.read(stream)) is not None
    await browser.post("/products/link", request_id="r2", variant="candle", **fields)
    assert "Not linked. variant:" in (await browser.get("/products")).text
    await browser.post("/products/unlink", request_id="r3", **fields)
    assert linked(await store.read(stream)) is None


async def test_an_empty_console_says_how_to_begin(browser: Browser) -> None:
    for path in ("/orders", "/settings"):
        assert "ordersync shop connect" in (await browser.get(path)).text
    assert (await browser.get("/products")).status_code == 200


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("another", {}),
        (TOKEN, {"Sec-Fetch-Site": "cross-site"}),
        (TOKEN, {"Cookie": "console_form="}),
    ],
)
async def test_a_form_of_another_site_does_nothing(
    token: str, headers: dict[str, str], browser: Browser, store: Any, story: Any, happen: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    answer = await browser.post(
        "/orders/sync", headers, form_token=token, request_id="r1", one=stream
    )
    assert answer.status_code == 403
    assert await _count(store, stream, "SyncRequested") == 0


async def test_another_host_name_is_not_answered(browser: Browser) -> None:
    assert (await browser.get("/orders", Host="evil.example")).status_code == 400


async def test_a_page_may_load_only_its_own_files(browser: Browser) -> None:
    page = await browser.get("/orders")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<(script|style)>| style=| on\w+=", page.text)
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        assert (await browser.get(path)).status_code == 200


async def test_what_is_no_order_is_refused(browser: Browser) -> None:
    answer = await browser.post("/orders/sync", request_id="r1", one="shop-1")
    assert answer.status_code == 400
