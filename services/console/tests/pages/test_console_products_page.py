"""The Products page."""

from typing import Any

from services.console.tests import happenings as happen

from lifecycle.link import linked
from ordersync_contracts.streams import link_stream


async def test_products_show_who_waits_and_link_and_unlink(
    browser: Any, store: Any, story: Any
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
