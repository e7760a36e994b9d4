"""Each page and form poisoned, while a second shop's rows and bulk syncs go on in time."""

from typing import Any

import httpx
import pytest
from services.console.tests import happenings as happen
from services.console.tests.browser import TOKEN, Browser
from services.console.tests.suite_poisoned_pages import PoisonedPagesSuite
from services.console.tests.two_shops import BAD, BAD_ORDER, BUYER, GOOD, TwoShops
from structlog.testing import capture_logs
from tests.world.poison import unreadable

from console.web.security import COOKIE
from ordersync_contracts.streams import link_stream, order_stream, shop_stream


@pytest.fixture
async def two(story: Any, console: Any, browser: Any, rows: Any) -> TwoShops:
    made = TwoShops(story, console, browser, rows)
    await made.open()
    return made


class TestPoisonedPages(PoisonedPagesSuite):
    """``tests/integration/test_integration_poison.py`` runs the same on PostgreSQL."""


async def test_one_order_that_cannot_be_read_holds_up_no_other_of_a_selection(
    two: TwoShops,
) -> None:
    good = await two.story.order("201", happen.eligible("201", GOOD), shop_id=GOOD)
    bad = order_stream(BAD, BAD_ORDER)
    with unreadable(bad):
        answer = await two.browser.post("/orders/sync", request_id="r1", pick=[bad, good])
        told = await two.browser.get(answer.headers["location"])
        assert "Syncing 1 order. 1 order could not be asked for" in told.text
        page = await two.browser.get(f"/orders/{BAD}/{BAD_ORDER}")
        assert "Cannot be read by this version" in page.text
    assert (await two.story.names(good)).count("SyncRequested") == 1
    await two.browser.post("/orders/sync", request_id="r2", pick=[bad])
    assert (await two.story.names(bad)).count("SyncRequested") == 1


async def test_a_bulk_sync_tells_how_many_it_could_not_ask_for(two: TwoShops) -> None:
    bad = order_stream(BAD, BAD_ORDER)
    await two.browser.get("/orders")
    with unreadable(bad):
        await two.browser.post(f"/orders/sync?shop={BAD}", request_id="r1", all_matching="1")
        async with two.at_work():
            await two.second_goes_on()
            await two.until(lambda: two.is_done("r1"))
    assert (
        "1 not, because what is known of them cannot be read"
        in (await two.browser.get("/orders")).text
    )


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (f"/settings/{BAD}", {"discounts": "buyer_paid"}),
        ("/products/link", {"shop_id": BAD, "sku_id": "1729", "variant": "8801"}),
        ("/products/unlink", {"shop_id": BAD, "sku_id": "1729"}),
    ],
)
async def test_what_a_form_needs_and_cannot_be_read_is_told_and_changes_nothing(
    two: TwoShops, path: str, form: dict[str, str]
) -> None:
    await two.story.link("1729", 1)
    before = await two.story.store.head()
    with unreadable(shop_stream(BAD), link_stream(BAD, "1729")), capture_logs() as logs:
        answer = await two.browser.post(path, request_id="r1", **form)
        assert (answer.status_code, await two.story.store.head()) == (500, before)
        assert "cannot be read by this version" in answer.text
        assert "page.not_answered" in {line["event"] for line in logs}
        other = {**form, "shop_id": GOOD} if "shop_id" in form else form
        elsewhere = await two.browser.post(path.replace(BAD, GOOD), request_id="r2", **other)
        assert elsewhere.status_code == 303
    assert (await two.browser.post(path, request_id="r3", **form)).status_code == 303


async def test_a_setting_that_cannot_be_is_named_with_what_it_can_be(two: TwoShops) -> None:
    answer = await two.browser.post(f"/settings/{BAD}", request_id="r1", discounts=BUYER)
    assert answer.status_code == 400
    assert "discounts is one of buyer_paid, merchant_revenue" in answer.text
    assert BUYER not in answer.text


async def test_a_fault_of_ours_is_a_page_that_says_nothing_of_the_data(
    two: TwoShops, console: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise AssertionError(BUYER)

    monkeypatch.setattr(rows, "skus", fails)
    app = httpx.ASGITransport(app=console.endpoints["pages"], raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=app, base_url="http://127.0.0.1", cookies={COOKIE: TOKEN}
    ) as http:
        answer = await Browser(http, two.story.store, rows).ask("/products")
    assert (answer.status_code, BUYER in answer.text) == (500, False)
    assert "AssertionError" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    await two.story.order("201", shop_id=GOOD)
    assert "201" in (await two.browser.get("/orders")).text


@pytest.mark.parametrize("code", ["a_newer_reason", "\0" + BUYER])
async def test_a_reason_that_only_a_newer_version_knows_ends_no_page(
    two: TwoShops, code: str
) -> None:
    newer = happen.blocked(BAD_ORDER).model_copy(update={"reason_code": code})
    await two.story.tell(order_stream(BAD, BAD_ORDER), newer)
    for path in ("/orders", f"/orders/{BAD}/{BAD_ORDER}"):
        answer = await two.browser.get(path)
        assert (answer.status_code, "A reason that this" in answer.text) == (200, True)
    async with two.at_work():
        await two.second_goes_on()
    await two.pages_go_on()


async def test_a_shop_that_cannot_be_read_is_named_and_no_other_is_shown_in_its_place(
    two: TwoShops,
) -> None:
    with unreadable(shop_stream(BAD), shop_stream(GOOD)):
        assert f"{GOOD} cannot be read by this" in (await two.browser.get("/settings")).text
    with unreadable(shop_stream(BAD)):
        asked_for = (await two.browser.get(f"/settings?shop={BAD}")).text
        assert "cannot be read by this version" in asked_for
        assert f'action="/settings/{GOOD}"' not in asked_for
        first = (await two.browser.get("/settings")).text
        assert f"{BAD} cannot be read by this version" in first
        assert f'action="/settings/{GOOD}"' in first
    assert f'action="/settings/{BAD}"' in (await two.browser.get(f"/settings?shop={BAD}")).text
