"""Both transports, one suite: what a call over a real socket ends in."""

import asyncio
import logging
import socket
import traceback
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import MakeClient
from tests.doubles.scripted_http import ScriptedServer

from tiktok import errors
from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.pages import Page
from tiktok.signing import sign
from tiktok.wire.orders import Order

OK = b'{"code":0,"message":"Success","request_id":"r1","data":{"orders":[]}}'
PAGE_TOKEN = "6AsP/N5M1kH+YcZ mtR=&x?"


async def search(client: TikTokClient, shop: Shop) -> Page[Order]:
    return await client.orders_search(shop, status="ON_HOLD", page_token=PAGE_TOKEN)


async def test_what_arrives_is_what_was_signed(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
    app: App,
) -> None:
    tiktok_server.script = tiktok_server.answering(OK)
    page = await search(make_client(tiktok_http, tiktok_server.url), shop)
    assert page.items == ()
    target = urlsplit(tiktok_server.executed[0][0].split(" ")[1])
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert query["page_token"] == PAGE_TOKEN
    assert query["shop_cipher"] == shop.cipher
    assert query["sign"] == sign(app.secret, target.path, query, b'{"order_status":"ON_HOLD"}')


async def test_a_redirect_is_not_followed(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
) -> None:
    headers = f"Location: {tiktok_server.url}/elsewhere\r\n"
    tiktok_server.script = tiktok_server.answering(b"", status="302 Found", headers=headers)
    with pytest.raises(errors.Misconfigured, match="redirects"):
        await search(make_client(tiktok_http, tiktok_server.url), shop)
    assert len(tiktok_server.executed) == 1


@pytest.mark.parametrize("impatient", [{"read_s": 0.02}, {"total_s": 0.02}])
async def test_a_silent_server_gives_no_answer(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
    impatient: dict[str, float],
) -> None:
    with pytest.raises(errors.NoAnswer, match="Time"):
        await search(make_client(tiktok_http, tiktok_server.url, **impatient), shop)


async def test_a_reset_connection_gives_no_answer(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
) -> None:
    tiktok_server.script = tiktok_server.reset
    with pytest.raises(errors.NoAnswer):
        await search(make_client(tiktok_http, tiktok_server.url), shop)


async def test_an_answer_that_is_cut_short_is_none(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
) -> None:
    tiktok_server.script = tiktok_server.answering(OK, cut=10)
    with pytest.raises(errors.NoAnswer):
        await search(make_client(tiktok_http, tiktok_server.url), shop)


async def test_an_html_answer_is_none(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
) -> None:
    tiktok_server.script = tiktok_server.answering(b"<html>oops</html>")
    with pytest.raises(errors.NoAnswer, match="cannot be read"):
        await search(make_client(tiktok_http, tiktok_server.url), shop)


async def test_a_refused_connection_gives_no_answer(
    tiktok_http: httpx.AsyncClient, make_client: MakeClient, shop: Shop
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(errors.NoAnswer, match="Connect"):
            await search(make_client(tiktok_http, url), shop)


async def test_a_cancelled_call_stays_cancelled_and_the_client_goes_on(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
) -> None:
    client = make_client(tiktok_http, tiktok_server.url)
    call = asyncio.create_task(search(client, shop))
    await tiktok_server.read_one.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    tiktok_server.script = tiktok_server.answering(OK)
    assert (await search(client, shop)).items == ()


async def test_no_secret_is_in_a_log_or_a_traceback(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
    app: App,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(tiktok_http, tiktok_server.url)
    tiktok_server.script = tiktok_server.answering(OK)
    await search(client, shop)
    tiktok_server.script = tiktok_server.reset
    with pytest.raises(errors.NoAnswer) as raised:
        await search(client, shop)
    shown = caplog.text + "".join(traceback.format_exception(raised.value))
    assert "orders/search" in caplog.text
    for secret in (app.secret, app.key, shop.token, "TTP_AbC", "sign="):
        assert secret not in shown
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_no_cookie_of_one_call_reaches_another(
    tiktok_server: ScriptedServer,
    tiktok_http: httpx.AsyncClient,
    make_client: MakeClient,
    shop: Shop,
) -> None:
    tiktok_server.script = tiktok_server.answering(OK, headers="Set-Cookie: s=one; Path=/\r\n")
    client = make_client(tiktok_http, tiktok_server.url.replace("127.0.0.1", "localhost"))
    await search(client, shop)
    await search(client, shop)
    assert len(tiktok_server.executed) == 2
    assert all("cookie" not in head.lower() for head, _ in tiktok_server.executed)
