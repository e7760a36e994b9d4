"""Every page asked for with poison, in memory and on PostgreSQL alike: nothing a person can type or
a browser can send ends in a fault, and the second shop goes on.
"""

from itertools import product
from typing import Any

import pytest
from services.console.tests.browser import TOKEN
from services.console.tests.two_shops import BAD, BAD_ORDER, BAD_SKU, TwoShops, huge

from console.orders.address import ListAddress
from console.rows import Cursor, OrderFilter
from console.web.app import PAGES
from console.web.security import COOKIE
from lifecycle.status import Status
from ordersync_contracts.events.shop import ORDER_SETTINGS
from ordersync_contracts.streams import order_stream

ANY: Any = None
ROUTES = [route for page in PAGES for route in page(ANY).routes()]
"""Every address of every page: a new one is poisoned here by itself."""
TEXTS = {
    "NUL": "%00",
    "half of a pair": "%ED%A0%BD",
    "no UTF-8": "%FF%FE",
    "huge": huge(),
    "a time outside the calendar": "0001-01-01T00:00:00%2B14:00~order-1-1",
    "a place with NUL": "2026-11-24T12:00:00%2B00:00~%00",
    "quotes": "%27%22%3Cscript%3E%3B--",
    "another script's digits": "%D9%A3%D9%A3",
    "nothing": "",
}
FIELDS = {
    "request_id": "r1",
    "all_matching": "",
    "one": order_stream(BAD, BAD_ORDER),
    "pick": order_stream(BAD, BAD_ORDER),
    "origin": "order",
    "run": "r1",
    "shop_id": BAD,
    "sku_id": BAD_SKU,
    "variant": "8801",
    **{setting.name: setting.default for setting in ORDER_SETTINGS},
}
"""Every field that a form of ours has."""
FORMS = [route.path for route in ROUTES if "POST" in (route.methods or ())]
COOKIES = {
    "a name that is no name": f"a/b@c=1; {COOKIE}={TOKEN}",
    "not ASCII": f"{COOKIE}=\u00e9".encode("latin-1"),
    "no cookie": ";;=;=x",
    "huge": f"{COOKIE}={huge(4000)}",
}


def _filled(path: str, value: str = "") -> str:
    return path.replace("{shop_id}", value or BAD).replace("{order_id}", value or BAD_ORDER)


def _names() -> list[str]:
    """Every name in the address of a list, and in those of other pages."""
    whole = OrderFilter(Status.SYNCED, "1", "unpaid", "x", gifts=True, samples=True)
    address = ListAddress(whole, Cursor.parse("2026-11-24T12:00:00+00:00~x"))
    return [part.partition("=")[0] for part in str(address).split("&")]


def _is_answer(answer: Any) -> bool:
    """Not our fault, and said on a page of ours."""
    is_page = "That did not work" in answer.text or answer.status_code < 400
    return answer.status_code < 500 and is_page


class PoisonedPagesSuite:
    """A subclass brings the fixture ``two``: two shops, opened."""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    async def test_no_address_is_a_fault(self, two: TwoShops, text: str) -> None:
        query = "&".join(f"{name}={text}" for name in _names())
        for path in (route.path for route in ROUTES if "GET" in (route.methods or ())):
            for asked in (f"{_filled(path)}?{query}", _filled(path, text)):
                assert _is_answer(await two.browser.ask(asked)), asked
        async with two.at_work():
            await two.second_goes_on()

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    async def test_no_form_is_a_fault_and_the_field_is_named(
        self, two: TwoShops, text: str
    ) -> None:
        for path, field in product(FORMS, FIELDS):
            body = "&".join(f"{name}={value}" for name, value in {**FIELDS, field: text}.items())
            answer = await two.browser.send(f"{_filled(path)}?after={text}&q={text}", body)
            assert _is_answer(answer), (path, field, answer.text)
            if text == TEXTS["NUL"]:
                assert (answer.status_code, field in answer.text) == (400, True), (path, field)
        assert _is_answer(await two.browser.ask("/orders"))
        async with two.at_work():
            await two.second_goes_on()

    @pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES)
    async def test_no_cookie_of_whatever_else_runs_here_is_a_fault(
        self, two: TwoShops, cookie: str | bytes
    ) -> None:
        for path in ("/orders", "/products", "/settings", f"/orders/{BAD}/{BAD_ORDER}"):
            assert _is_answer(await two.browser.ask(path, Cookie=cookie)), path
        answer = await two.browser.send("/orders/sync", "pick=x", Cookie=cookie)
        assert answer.status_code in {400, 403}

    async def test_a_file_and_far_too_many_fields_are_refused(self, two: TwoShops) -> None:
        answer = await two.browser.send("/orders/sync", "&".join(f"f{n}=1" for n in range(3000)))
        assert answer.status_code == 400
        assert _is_answer(answer)
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        upload = (
            b'--b\r\nContent-Disposition: form-data; name="pick"; filename="x"\r\n\r\nx\r\n--b--'
        )
        for content in (upload, b"--b\r\nnonsense", b""):
            answer = await two.browser.send("/orders/sync", content, **kind)
            assert answer.status_code in {400, 403}
            assert _is_answer(answer)
        async with two.at_work():
            await two.second_goes_on()
