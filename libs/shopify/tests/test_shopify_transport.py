"""Both transports, one suite: what a call over a real socket is taken for."""

import asyncio
import json
import socket

import httpx
import pytest
from libs.shopify.tests.client_maker import MakeClient
from tests.doubles.scripted_http import ScriptedServer

from shopify.answers import Answer, Done, DoubtReason, Unauthorized, Unclear, Unreachable
from shopify.body import Guard
from shopify.client import ShopifyClient
from shopify.denials import DenialKind
from shopify.transport import Timeouts, open_http

STORE = "demo.myshopify.com"
CREATED = json.dumps(
    {"data": {"orderCreate": {"order": {"id": "gid://shopify/Order/1"}, "userErrors": []}}}
).encode()
VARIABLES = {"order": {"note": "Kim Planted, 12 Elm Street"}}


class LeaseLost(Exception):
    pass


async def create(client: ShopifyClient, guard: Guard | None = None) -> Answer:
    return await client.execute(STORE, "order_create", VARIABLES, guard=guard)


async def test_an_answer_is_read_and_the_stores_domain_is_the_host(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(CREATED)
    answer = await create(make_client(http, base_url=server.url))
    assert isinstance(answer, Done)
    head, body = server.executed[0]
    assert "host: demo.myshopify.com" in head.lower()
    assert "transfer-encoding" not in head.lower()
    assert json.loads(body)["variables"] == VARIABLES
    assert json.loads(body)["operationName"] == "OrderCreate"


async def test_a_redirect_is_not_followed(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(
        b"", status="301 Moved", headers=f"Location: {server.url}/elsewhere\r\n"
    )
    answer = await create(make_client(http, base_url=server.url))
    assert isinstance(answer, Unauthorized)
    assert answer.kind is DenialKind.STORE_MOVED
    assert len(server.executed) == 1


async def test_a_silent_server_leaves_the_call_in_doubt(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    impatient = Timeouts(connect_s=2.0, read_s=0.05, total_s=5.0)
    answer = await create(make_client(http, base_url=server.url, timeouts=impatient))
    assert isinstance(answer, Unclear)
    assert answer.reason is DoubtReason.READ_TIMEOUT


async def test_the_whole_calls_time_is_bounded(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    impatient = Timeouts(connect_s=2.0, read_s=5.0, total_s=0.1)
    answer = await create(make_client(http, base_url=server.url, timeouts=impatient))
    assert isinstance(answer, Unclear)
    assert answer.reason is DoubtReason.DEADLINE


async def test_a_reset_after_the_request_leaves_the_call_in_doubt(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.reset
    answer = await create(make_client(http, base_url=server.url))
    assert isinstance(answer, Unclear)
    assert answer.reason is DoubtReason.CONNECTION_LOST
    assert len(server.executed) == 1


async def test_an_answer_that_is_cut_short_leaves_the_call_in_doubt(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(CREATED, cut=20)
    answer = await create(make_client(http, base_url=server.url))
    assert isinstance(answer, Unclear)
    assert answer.reason is DoubtReason.CONNECTION_LOST


async def test_an_answer_that_is_not_http_leaves_the_call_in_doubt(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.garbage
    answer = await create(make_client(http, base_url=server.url))
    assert isinstance(answer, Unclear)
    assert answer.reason is DoubtReason.CONNECTION_LOST


async def test_an_html_answer_leaves_the_call_in_doubt(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(b"<html>oops</html>")
    answer = await create(make_client(http, base_url=server.url))
    assert isinstance(answer, Unclear)
    assert answer.reason is DoubtReason.UNREADABLE


async def test_a_refused_connection_is_unreachable(
    http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        answer = await create(make_client(http, base_url=url))
    assert isinstance(answer, Unreachable)


async def test_a_cancelled_call_stays_cancelled_and_the_client_goes_on(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    client = make_client(http, base_url=server.url)
    call = asyncio.create_task(create(client))
    await server.read_one.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    server.script = server.answering(CREATED)
    assert isinstance(await create(client), Done)


async def test_a_guard_that_raises_stops_the_request_and_passes_through(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(CREATED)
    client = make_client(http, base_url=server.url)
    lost = LeaseLost("gone")

    def refuse() -> None:
        raise lost

    with pytest.raises(LeaseLost) as raised:
        await create(client, refuse)
    assert raised.value is lost
    assert server.executed == []
    assert isinstance(await create(client), Done)
    assert len(server.executed) == 1


async def test_a_guard_that_raises_an_os_error_passes_through(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    client = make_client(http, base_url=server.url)

    def refuse() -> None:
        raise ConnectionResetError("the lease's own connection")

    with pytest.raises(ConnectionResetError, match="own connection"):
        await create(client, refuse)
    assert server.executed == []


async def test_the_guard_is_asked_once_per_call_also_on_a_kept_connection(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(CREATED)
    client = make_client(http, base_url=server.url)
    asked: list[int] = []
    for _ in range(3):
        await create(client, lambda: asked.append(1))
    assert len(asked) == 3
    assert server.connections == 1


async def test_the_bytes_are_on_the_wire_in_the_step_that_asked_the_guard(
    make_client: MakeClient,
) -> None:
    """The guard itself accepts the connection and looks what has arrived; so does the next step."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        arrived: list[bytes] = []
        accepted: list[socket.socket] = []

        def look() -> None:
            try:
                arrived.append(accepted[0].recv(65536, socket.MSG_PEEK))
            except BlockingIOError:
                arrived.append(b"")

        def guard() -> None:
            accepted.append(listening.accept()[0])
            accepted[0].setblocking(False)
            look()
            asyncio.get_running_loop().call_soon(look)

        impatient = Timeouts(connect_s=2.0, read_s=0.02, total_s=5.0)
        async with open_http() as http:
            answer = await create(make_client(http, base_url=url, timeouts=impatient), guard)
        accepted[0].close()
    assert isinstance(answer, Unclear)
    assert b"12 Elm Street" not in arrived[0]
    assert b"12 Elm Street" in arrived[1]


async def test_no_cookie_of_one_store_reaches_another_call(
    server: ScriptedServer, http: httpx.AsyncClient, make_client: MakeClient
) -> None:
    server.script = server.answering(CREATED, headers="Set-Cookie: _s=one-store; Path=/\r\n")
    client = make_client(http, base_url=server.url.replace("127.0.0.1", "localhost"))
    await create(client)
    await create(client)
    assert len(server.executed) == 2
    assert all("cookie" not in head.lower() for head, _ in server.executed)


async def test_a_closed_client_is_our_bug_and_raises(make_client: MakeClient) -> None:
    http = open_http(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    await http.aclose()
    with pytest.raises(RuntimeError):
        await create(make_client(http))
