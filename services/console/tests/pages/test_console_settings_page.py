"""The Settings page."""

from typing import Any

import pytest
from services.console.tests import happenings as happen


async def test_settings_say_what_automatic_sync_would_do_now(browser: Any, story: Any) -> None:
    await story.shop()
    for n in range(3):
        await story.order(f"10{n}", happen.eligible(f"10{n}"))
    page = await browser.get("/settings")
    assert "will sync 3 existing orders now" in page.text
    answer = await browser.post(
        f"/settings/{happen.SHOP}", request_id="r1", automatic_sync="on", customer="none"
    )
    assert answer.status_code == 303
    known = await story.folded()
    assert known.settings.automatic_sync
    assert known.settings.customer == "none"
    await browser.post(f"/settings/{happen.SHOP}", request_id="r2", customer="none")
    known = await story.folded()
    assert not known.settings.automatic_sync


async def test_every_setting_of_an_order_is_on_the_page(browser: Any, story: Any) -> None:
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
    ("shop_id", "fields", "status"), [("42", {}, 404), ("7495000001", {"customer": "all"}, 400)]
)
async def test_settings_that_cannot_be_are_refused(
    shop_id: str, fields: dict[str, str], status: int, browser: Any, story: Any
) -> None:
    await story.shop()
    answer = await browser.post(f"/settings/{shop_id}", request_id="r1", **fields)
    assert answer.status_code == status
