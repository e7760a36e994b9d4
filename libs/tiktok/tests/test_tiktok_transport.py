"""Both transports, one suite: what a call over a real socket ends in."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import APP, NOW, SHOP
from tests.doubles.scripted_http import Script, ScriptedServer, scripted_server

from httpclient.transport import Timeouts
from tiktok import errors
from tiktok.client import TikTokClient
from tiktok.pages import Page
from tiktok.signing import sign
from tiktok.transport import open_http
from tiktok.wire.orders import Order

OK = b'{"code":0,"message":"Success","request_id":"r1","data":{"orders":[]}}'
PAGE_TOKEN = "6AsP/N5M1kH+YcZ mtR=&x?"
TIMEOUTS = {"connect_s": 2.0, "read_s": 2.0, "total_s": 5.0}


@dataclass
class Wire:
    """A scripted server that answers ``OK``, and calls to it over one of both transports."""

    server: ScriptedServer
    http: httpx.AsyncClient

    async def search(self, url: str = "", **seconds: Any) -> Page[Order]:
        client = TikTokClient(
            self.http,
            APP,
            clock=lambda: NOW,
            base_url=url or self.server.url,
            timeouts=Timeouts(**TIMEOUTS | seconds),
        )
        return await client.orders_search(SHOP, status="ON_HOLD", page_token=PAGE_TOKEN)


@pytest.fixture(params=["aiohttp", "httpcore"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    transport = None if request.param == "aiohttp" else httpx.AsyncHTTPTransport()
    async with scripted_server() as server, open_http(transport=transport) as http:
        server.script = server.answering(OK)
        yield Wire(server, http)


async def test_what_arrives_is_what_was_signed(wire: Wire) -> None:
    assert (await wire.search()).items == ()
    target = urlsplit(wire.server.executed[0][0].split(" ")[1])
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert query["page_token"] == PAGE_TOKEN
    assert query["shop_cipher"] == SHOP.cipher
    assert query["sign"] == sign(APP.secret, target.path, query, b'{"order_status":"ON_HOLD"}')


async def test_a_redirect_is_not_followed(wire: Wire) -> None:
    headers = f"Location: {wire.server.url}/elsewhere\r\n"
    wire.server.script = wire.server.answering(b"", status="302 Found", headers=headers)
    with pytest.raises(errors.Misconfigured, match="redirects"):
        await wire.search()
    assert len(wire.server.executed) == 1


@pytest.mark.parametrize(
    ("script", "seconds", "said"),
    [
        (lambda server: server.silence, {"read_s": 0.02}, "Time"),
        (lambda server: server.silence, {"total_s": 0.02}, "Time"),
        (lambda server: server.reset, {}, None),
        (lambda server: server.answering(OK, cut=10), {}, None),
        (lambda server: server.answering(b"<html>oops</html>"), {}, "cannot be read"),
    ],
    ids=[
        "a silent server",
        "a server silent for the whole call's time",
        "a reset connection",
        "an answer that is cut short",
        "an html answer",
    ],
)
async def test_no_answer_comes_of(
    wire: Wire,
    script: Callable[[ScriptedServer], Script],
    seconds: dict[str, Any],
    said: str | None,
) -> None:
    wire.server.script = script(wire.server)
    with pytest.raises(errors.NoAnswer, match=said):
        await wire.search(**seconds)


async def test_a_refused_connection_gives_no_answer(wire: Wire) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(errors.NoAnswer, match="Connect"):
            await wire.search(f"http://127.0.0.1:{closed.getsockname()[1]}")


async def test_a_cancelled_call_stays_cancelled_and_the_client_goes_on(wire: Wire) -> None:
    wire.server.script = wire.server.silence
    call = asyncio.create_task(wire.search())
    await wire.server.read_one.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    wire.server.script = wire.server.answering(OK)
    assert (await wire.search()).items == ()


async def test_no_secret_is_in_a_log_or_a_traceback(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await wire.search()
    wire.server.script = wire.server.reset
    with pytest.raises(errors.NoAnswer) as raised:
        await wire.search()
    shown = caplog.text + "".join(traceback.format_exception(raised.value))
    assert "orders/search" in caplog.text
    for secret in (APP.secret, APP.key, SHOP.token, "TTP_AbC", "sign="):
        assert secret not in shown
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_no_cookie_of_one_call_reaches_another(wire: Wire) -> None:
    wire.server.script = wire.server.answering(OK, headers="Set-Cookie: s=one; Path=/\r\n")
    for _ in range(2):
        await wire.search(wire.server.url.replace("127.0.0.1", "localhost"))
    assert len(wire.server.executed) == 2
    assert all("cookie" not in head.lower() for head, _ in wire.server.executed)
