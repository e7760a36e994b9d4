"""The pages as a whole: what protects them, and how to begin."""

import re
from typing import Any

import pytest
from services.console.tests import happenings as happen

TOKEN = "token-of-this-browser"


async def test_an_empty_console_says_how_to_begin(browser: Any) -> None:
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
    token: str, headers: dict[str, str], browser: Any, story: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    answer = await browser.post(
        "/orders/sync", headers, form_token=token, request_id="r1", one=stream
    )
    assert answer.status_code == 403
    assert (await story.names(stream)).count("SyncRequested") == 0


async def test_another_host_name_is_not_answered(browser: Any) -> None:
    assert (await browser.get("/orders", Host="evil.example")).status_code == 400


async def test_a_page_may_load_only_its_own_files(browser: Any) -> None:
    page = await browser.get("/orders")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<(script|style)>| style=| on\w+=", page.text)
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        assert (await browser.get(path)).status_code == 200
