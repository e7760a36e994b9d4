"""The pages in Debian's Chromium: what a merchant does, by mouse and keyboard, and accessibility.

Fails when Chromium is missing. Every page's browser console must stay silent.
"""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from lifecycle import shop
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream, shop_stream

CHROMIUM_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHOP: Final = "7495000001"
LIMIT_MS: Final = 8000


@asynccontextmanager
async def opened(profile: Path, **options: Any) -> AsyncIterator[Page]:
    """A page whose browser console must stay silent."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("chromium is missing: apt-get install -y chromium")
    complaints: list[str] = []
    chosen: dict[str, Any] = {"viewport": {"width": 1360, "height": 900}, **options}
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            headless=True,
            args=list(CHROMIUM_FLAGS),
            timezone_id="America/New_York",
            locale="en-US",
            **chosen,
        )
        page = await context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.on("console", lambda message: _note(complaints, message.type, message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await context.close()
    assert complaints == []


def _note(complaints: list[str], kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        complaints.append(text)


@pytest.fixture
async def page(tmp_path: Path, console: Any) -> AsyncIterator[Page]:
    """Closed before the console it looks at: else its last request finds nobody, by bad luck."""
    async with opened(tmp_path / "profile") as context:
        yield context


async def _asked_for(console: Any) -> list[Any]:
    recorded = await console.store.read_after(0, 10_000)
    return [event.event for event in recorded if event.name == "SyncRequested"]


async def test_a_press_on_sync_syncs_that_order(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/orders?view=not-synced")
    row = page.locator("tbody tr").first
    order = await row.locator(".id a").inner_text()
    await row.get_by_role("button", name=f"Sync order {order}").click()
    await expect(page.get_by_role("status")).to_have_text("Syncing 1 order.")
    [asked] = await _asked_for(console)
    assert (asked.order_id, asked.mode) == (order, "manual")
    await page.goto(f"{console.url}/orders?q={order}")
    await expect(page.locator("tbody .badge")).to_have_text("Syncing")


async def test_a_double_click_on_sync_is_one_request(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/orders?view=not-synced")
    await page.locator("tbody button[name=one]").first.dblclick(delay=1)
    await expect(page.get_by_role("status")).to_contain_text("Syncing 1 order.")
    assert len(await _asked_for(console)) == 1


async def test_several_are_picked_and_synced_in_bulk(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/orders")
    boxes = page.locator("input[name=pick]:not([disabled])")
    for n in range(3):
        await boxes.nth(n).check()
    button = page.get_by_role("button", name="Sync 3 orders")
    await expect(button).to_be_visible()
    await button.click()
    await expect(page.get_by_role("status")).to_contain_text("Syncing 3 orders.")
    assert [asked.mode for asked in await _asked_for(console)] == ["bulk"] * 3


async def test_all_that_match_are_synced_also_those_on_other_pages(
    page: Page, console: Any
) -> None:
    await page.goto(f"{console.url}/orders?view=not-synced")
    counted = page.get_by_role("navigation", name="Views").get_by_role("link", name="Not synced")
    before = int(re.sub(r"\D", "", await counted.inner_text()))
    await page.get_by_label("Select all orders on this page").check()
    await page.get_by_label(f"Select all {before} matching").check()
    await page.get_by_role("button", name=f"Sync all {before} matching").click()
    await expect(counted).to_have_text("Not synced 0")
    assert len(await _asked_for(console)) == before


async def test_a_selection_survives_what_happens_meanwhile(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/orders?view=not-synced")
    picked = page.locator("input[name=pick]:not([disabled])").nth(1)
    value = await picked.input_value()
    await picked.check()
    await picked.focus()
    gone = await page.locator("input[name=pick]").first.input_value()
    _, shop_id, order_id = gone.split("-")
    refused = events.OrderIneligible(
        shop_id=shop_id, order_id=order_id, snapshot_version=1, reason_code="cancelled"
    )
    await console.tell(order_stream(shop_id, order_id), refused)
    await expect(page.locator(f"input[value='{gone}']")).to_have_count(0)
    await expect(page.locator(f"input[value='{value}']")).to_be_checked()
    await expect(page.locator(f"input[value='{value}']")).to_be_focused()
    await expect(page.get_by_role("button", name="Sync 1 order", exact=True)).to_be_visible()


async def test_an_order_page_follows_its_order(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/orders?view=syncing")
    await page.locator(".id a").first.click()
    await expect(page.locator(".badges .badge")).to_have_text("Syncing")
    _, shop_id, order_id = page.url.rsplit("/", 2)
    created = events.ShopifyOrderCreated(
        shop_id=shop_id,
        order_id=order_id,
        outcome="created",
        store="harbor-and-pine.myshopify.com",
        shopify_order_id="gid://shopify/Order/77",
        name="#2001",
    )
    await console.tell(order_stream(shop_id, order_id), created)
    await expect(page.locator(".badges .badge")).to_have_text("Synced")
    await expect(page.get_by_role("link", name="#2001")).to_be_visible()


async def test_automatic_sync_says_what_it_will_do_and_does_it(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/settings")
    text = await page.locator("#automatic_sync-what strong").inner_text()
    waiting = re.sub(r"\D", "", text)
    await page.get_by_role("switch", name="Automatic sync").check()
    await page.get_by_role("button", name=f"Save and sync {waiting} orders").click()
    await expect(page.get_by_role("status")).to_have_text("Settings saved.")
    await expect(page.get_by_role("switch", name="Automatic sync")).to_be_checked()
    known = shop.fold(await console.store.read(shop_stream(SHOP)))
    assert known.settings.automatic_sync


async def test_a_product_is_linked_where_its_waiting_orders_are_shown(
    page: Page, console: Any
) -> None:
    await page.goto(f"{console.url}/products")
    await page.get_by_label("Shopify variant of Wool throw").fill("4400009")
    await page.get_by_role("button", name="Link Wool throw").click()
    await expect(page.get_by_role("status")).to_contain_text("is linked")
    await expect(page.get_by_role("button", name="Unlink Wool throw")).to_be_visible()


async def test_an_order_is_found_picked_and_synced_by_keyboard_alone(
    page: Page, console: Any
) -> None:
    await page.goto(f"{console.url}/orders?view=not-synced")
    order = await page.locator(".id a").first.inner_text()
    await page.locator("#q").focus()
    await page.keyboard.type(order)
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody tr")).to_have_count(1)
    pick = page.get_by_label(f"Select order {order}")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await pick.evaluate("box => box === document.activeElement"):
            break
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Sync 1 order", exact=True)).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Syncing 1 order.")


async def test_pages_work_without_script(tmp_path: Path, console: Any) -> None:
    async with opened(tmp_path / "plain", java_script_enabled=False) as page:
        await page.goto(f"{console.url}/orders?view=not-synced")
        await page.locator("input[name=pick]:not([disabled])").first.check()
        await page.get_by_role("button", name="Sync selected orders").click()
        await expect(page.get_by_role("status")).to_contain_text("Syncing 1 order.")


PAGES: Final = {
    "all": "/orders",
    "failed": "/orders?view=sync-failed",
    "not eligible": "/orders?view=not-eligible",
    "nothing found": "/orders?q=nothing",
    "synced order": f"/orders/{SHOP}/576400000000000006",
    "failed order": f"/orders/{SHOP}/576400000000000004",
    "products": "/products",
    "settings": "/settings",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_has_a_serious_accessibility_finding(
    scheme: str, tmp_path: Path, console: Any
) -> None:
    found: list[str] = []
    async with opened(tmp_path / scheme, color_scheme=scheme, bypass_csp=True) as page:
        for name, path in PAGES.items():
            await page.goto(f"{console.url}{path}")
            found += await _serious(page, name)
        await page.goto(f"{console.url}/orders?view=not-synced")
        await page.get_by_label("Select all orders on this page").check()
        found += await _serious(page, "bulk bar open")
    assert found == []


async def test_the_accessibility_check_finds_what_is_planted(page: Page, console: Any) -> None:
    await page.goto(f"{console.url}/settings")
    await page.evaluate("() => document.querySelector('label[for=customer]').remove()")
    assert await _serious(page, "planted") == ["planted: select-name at #customer"]


async def _serious(page: Page, name: str) -> list[str]:
    results = await Axe().run(page)
    return [
        f"{name}: {violation['id']} at {', '.join(map(str, node['target']))}"
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


async def test_every_page_fits_a_narrow_screen(tmp_path: Path, console: Any) -> None:
    wide: list[str] = []
    async with opened(tmp_path / "narrow", viewport={"width": 320, "height": 640}) as page:
        for name, path in PAGES.items():
            await page.goto(f"{console.url}{path}")
            wide += [f"{name}: {wider}" for wider in await page.evaluate(_WIDER_THAN_THE_SCREEN)]
    assert wide == []


_WIDER_THAN_THE_SCREEN: Final = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth)
    .filter((element) => !element.closest(".scroll, .views"))
    .map((element) => `${element.tagName} ${element.className}`);
}"""
