"""The Orders page and the page of one order."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
from services.console.tests import happenings as happen

from ordersync_contracts import events
from ordersync_contracts.streams import reconciliation_stream


def _rows_of(page: httpx.Response) -> list[str]:
    return re.findall(r'href="/orders/\d+/(\d+)"', page.text)


async def test_the_list_shows_status_reason_fix_and_shopify_order(browser: Any, story: Any) -> None:
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


async def test_not_eligible_orders_have_a_view_of_their_own(browser: Any, story: Any) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await story.order("102", happen.ineligible("102", "not_us"))
    assert _rows_of(await browser.get("/orders")) == ["101"]
    page = await browser.get("/orders?view=not-eligible")
    assert _rows_of(page) == ["102"]
    assert "is off: Not a US order" in page.text


async def test_filters_come_from_the_address_and_nonsense_in_it_is_left_out(
    browser: Any, story: Any
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


async def test_older_orders_are_a_link_away(browser: Any, story: Any) -> None:
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


async def test_sync_of_one_row_is_recorded_and_told(browser: Any, store: Any, story: Any) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    for _ in range(2):
        answer = await browser.post("/orders/sync?view=not-synced", request_id="r1", one=stream)
        assert (answer.status_code, answer.headers["location"]) == (303, "/orders?view=not-synced")
    assert (await story.names(stream)).count("SyncRequested") == 1
    asked = (await store.read(stream))[-1].event
    assert (asked.requested_by, asked.mode, asked.request_id) == ("console", "manual", "r1")
    page = await browser.get("/orders")
    assert "Syncing 1 order." in page.text
    assert "Syncing 1 order." not in (await browser.get("/orders")).text


async def test_the_live_part_is_sent_only_when_something_changed(browser: Any, story: Any) -> None:
    await story.shop()
    await story.order("101")
    first = await browser.get("/orders/live")
    assert (first.status_code, _rows_of(first)) == (200, ["101"])
    same = await browser.get("/orders/live", **{"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.text) == (304, "")
    await story.order("102")
    changed = await browser.get("/orders/live", **{"If-None-Match": first.headers["etag"]})
    assert set(_rows_of(changed)) == {"101", "102"}


async def test_an_order_has_its_story_reason_and_values(browser: Any, story: Any) -> None:
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
    browser: Any, story: Any
) -> None:
    await story.shop()
    why = {"reason_code": "shopify_unavailable", "request_id": "r-17"}
    failed = happen.update_failed("101", change="delivery", **why)
    await story.order("101", happen.eligible("101"), happen.created("101"), failed)
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


async def test_sync_on_an_orders_page_comes_back_to_it(browser: Any, story: Any) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    answer = await browser.post("/orders/sync", request_id="r1", one=stream, origin="order")
    assert answer.headers["location"] == f"/orders/{happen.SHOP}/101"


async def test_an_unknown_order_is_a_page_that_says_so(browser: Any) -> None:
    page = await browser.get("/orders/1/2")
    assert page.status_code == 404
    assert "No shop has an order with this id." in page.text


async def test_pages_show_up_to_when_a_shop_is_proven_complete(browser: Any, story: Any) -> None:
    await story.shop()
    await story.shop("7495000002")
    begins = happen.NOW - timedelta(days=7)

    async def fetched(shop_id: str, until: datetime | None) -> None:
        said: Any = events.HistoryFetched(
            shop_id=shop_id, window_begins_at=begins, window_ends_at=happen.NOW, orders=3
        )
        if until is not None:
            said = happen.proven(shop_id, begins, until)
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


async def test_what_is_no_order_is_refused(browser: Any) -> None:
    answer = await browser.post("/orders/sync", request_id="r1", one="shop-1")
    assert answer.status_code == 400
