"""Both transports, one suite: what a call over a real socket is taken for."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from tests.doubles.scripted_http import Script, ScriptedServer, scripted_server

from httpclient.transport import Timeouts
from shopify.answers import Answer, Done, DoubtReason, Unauthorized, Unclear, Unreachable
from shopify.body import Guard
from shopify.client import ShopifyClient
from shopify.denials import DenialKind
from shopify.tokens import StaticTokens
from shopify.transport import open_http

STORE = "demo.myshopify.com"
CREATED = json.dumps(
    {"data": {"orderCreate": {"order": {"id": "gid://shopify/Order/1"}, "userErrors": []}}}
).encode()
VARIABLES = {"order": {"note": "Kim Planted, 12 Elm Street"}}
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TIMEOUTS = {"connect_s": 2.0, "read_s": 2.0, "total_s": 5.0}


class LeaseLost(Exception):
    pass


def client_of(http: httpx.AsyncClient, url: str | None = None, **seconds: float) -> ShopifyClient:
    timeouts = Timeouts(**TIMEOUTS | seconds)
    tokens = StaticTokens({STORE: "shpat_planted_token_4711"})
    return ShopifyClient(http, tokens, clock=lambda: NOW, base_url=url, timeouts=timeouts)


@dataclass
class Wire:
    """A scripted server that answers ``CREATED``, and its client over one of both transports."""

    server: ScriptedServer
    http: httpx.AsyncClient
    client: ShopifyClient

    async def create(self, guard: Guard | None = None) -> Answer:
        return await create(self.client, guard)


@pytest.fixture(params=["aiohttp", "httpcore"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    transport = None if request.param == "aiohttp" else httpx.AsyncHTTPTransport()
    async with scripted_server() as server, open_http(transport=transport) as http:
        server.script = server.answering(CREATED)
        yield Wire(server, http, client_of(http, server.url))


async def create(client: ShopifyClient, guard: Guard | None = None) -> Answer:
    return await client.execute(STORE, "order_create", VARIABLES, guard=guard)


async def test_an_answer_is_read_and_the_stores_domain_is_the_host(wire: Wire) -> None:
    answer = await wire.create()
    assert isinstance(answer, Done)
    head, body = wire.server.executed[0]
    assert "host: demo.myshopify.com" in head.lower()
    assert "transfer-encoding" not in head.lower()
    assert json.loads(body)["variables"] == VARIABLES
    assert json.loads(body)["operationName"] == "OrderCreate"


async def test_a_redirect_is_not_followed(wire: Wire) -> None:
    wire.server.script = wire.server.answering(
        b"", status="301 Moved", headers=f"Location: {wire.server.url}/elsewhere\r\n"
    )
    answer = await wire.create()
    assert isinstance(answer, Unauthorized)
    assert answer.kind is DenialKind.STORE_MOVED
    assert len(wire.server.executed) == 1


@pytest.mark.parametrize(
    ("script", "seconds", "reason"),
    [
        (lambda server: server.silence, {"read_s": 0.05}, DoubtReason.READ_TIMEOUT),
        (lambda server: server.silence, {"total_s": 0.1}, DoubtReason.DEADLINE),
        (lambda server: server.reset, {}, DoubtReason.CONNECTION_LOST),
        (lambda server: server.answering(CREATED, cut=20), {}, DoubtReason.CONNECTION_LOST),
        (lambda server: server.garbage, {}, DoubtReason.CONNECTION_LOST),
        (lambda server: server.answering(b"<html>oops</html>"), {}, DoubtReason.UNREADABLE),
    ],
    ids=[
        "a silent server",
        "the whole call's time is bounded",
        "a reset after the request",
        "an answer that is cut short",
        "an answer that is not http",
        "an html answer",
    ],
)
async def test_a_call_is_left_in_doubt_by(
    wire: Wire,
    script: Callable[[ScriptedServer], Script],
    seconds: dict[str, float],
    reason: DoubtReason,
) -> None:
    wire.server.script = script(wire.server)
    answer = await create(client_of(wire.http, wire.server.url, **seconds))
    assert isinstance(answer, Unclear)
    assert answer.reason is reason
    assert len(wire.server.executed) == 1


async def test_a_refused_connection_is_unreachable(wire: Wire) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        answer = await create(client_of(wire.http, url))
    assert isinstance(answer, Unreachable)


async def test_a_cancelled_call_stays_cancelled_and_the_client_goes_on(wire: Wire) -> None:
    wire.server.script = wire.server.silence
    call = asyncio.create_task(wire.create())
    await wire.server.read_one.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    wire.server.script = wire.server.answering(CREATED)
    assert isinstance(await wire.create(), Done)


async def test_a_guard_that_raises_stops_the_request_and_passes_through(wire: Wire) -> None:
    lost = LeaseLost("gone")

    def refuse() -> None:
        raise lost

    with pytest.raises(LeaseLost) as raised:
        await wire.create(refuse)
    assert raised.value is lost
    assert wire.server.executed == []
    assert isinstance(await wire.create(), Done)
    assert len(wire.server.executed) == 1


async def test_a_guard_that_raises_an_os_error_passes_through(wire: Wire) -> None:
    def refuse() -> None:
        raise ConnectionResetError("the lease's own connection")

    with pytest.raises(ConnectionResetError, match="own connection"):
        await wire.create(refuse)
    assert wire.server.executed == []


async def test_the_guard_is_asked_once_per_call_also_on_a_kept_connection(wire: Wire) -> None:
    asked: list[int] = []
    for _ in range(3):
        await wire.create(lambda: asked.append(1))
    assert len(asked) == 3
    assert len(wire.server.serving) == 1


async def test_the_bytes_are_on_the_wire_in_the_step_that_asked_the_guard() -> None:
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

        async with open_http() as http:
            answer = await create(client_of(http, url, read_s=0.02), guard)
        accepted[0].close()
    assert isinstance(answer, Unclear)
    assert b"12 Elm Street" not in arrived[0]
    assert b"12 Elm Street" in arrived[1]


async def test_no_cookie_of_one_store_reaches_another_call(wire: Wire) -> None:
    wire.server.script = wire.server.answering(
        CREATED, headers="Set-Cookie: _s=one-store; Path=/\r\n"
    )
    wire.client = client_of(wire.http, wire.server.url.replace("127.0.0.1", "localhost"))
    await wire.create()
    await wire.create()
    assert len(wire.server.executed) == 2
    assert all("cookie" not in head.lower() for head, _ in wire.server.executed)


async def test_a_closed_client_is_our_bug_and_raises() -> None:
    http = open_http(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    await http.aclose()
    with pytest.raises(RuntimeError):
        await create(client_of(http))
