"""HTTP from a machine to the platforms.

A request that was written is carried out on the other side, whatever becomes of who sent it. What
may become of one is said by the fault it meets; what a client sees then is what its real transport
raises.
"""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

import httpx

from shopify.answers import Answer
from shopify.body import Guard
from shopify.calls import Calls
from simulation.machine import Machine
from simulation.network import Network, unheard
from simulation.plan import Strike

_READ_LIMIT_S: Final = 20.0
"""After so long without an answer the real transport gives up (``httpclient.transport``)."""
DOCUMENT: Final[ContextVar[str]] = ContextVar("the document that is sent to Shopify")
_ONE_WAY_S: Final = 0.05


_SILENT: Final = {"lost_after", "late"}


class Wire(httpx.AsyncBaseTransport):
    """From one machine to one platform (``tiktok`` or ``shopify``)."""

    def __init__(
        self, network: Network, machine: Machine, platform: str, to: httpx.AsyncBaseTransport
    ) -> None:
        self._network = network
        self._machine = machine
        self._platform = platform
        self._to = to

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        network, machine = self._network, self._machine
        call = f"{self._platform}.{_operation(request)}"
        strike = network.meet(machine, call)
        await asyncio.sleep(network.dice.random() * _ONE_WAY_S)
        if network.is_down(self._platform) or (strike and strike.kind == "refused"):
            raise httpx.ConnectError("nobody listens")
        if strike is None:
            return await self._carried_out(request, await request.aread())
        await network.befall(machine, strike, "before")
        content = await request.aread()  # the guard lets the bytes go, or not
        return await self._met(strike, request, content)

    async def _met(self, strike: Strike, request: httpx.Request, content: bytes) -> httpx.Response:
        """What the client sees of a request that was written."""
        kind, given = strike.kind, strike.given
        if kind == "status":
            return _refusal(int(given.get("status", 503)), self._platform)
        late_s = float(given.get("late_s", 40.0)) if kind == "late" else 0.0
        carried_out = None if kind == "lost_before" else self._carry_out(request, content, late_s)
        if carried_out is None or kind in _SILENT:
            await asyncio.sleep(float(given.get("seconds", _READ_LIMIT_S)))
            raise httpx.ReadTimeout("no answer")
        if kind == "dies_after":
            await self._network.befall(self._machine, strike, "after")
        return await self._answered(strike, await asyncio.shield(carried_out))

    async def _answered(self, strike: Strike, response: httpx.Response) -> httpx.Response:
        if strike.kind == "reset":
            raise httpx.ReadError("the connection was reset")
        if strike.kind == "truncated":
            raise httpx.RemoteProtocolError("the body ends before its length")
        await self._network.befall(self._machine, strike, "after")
        return response

    async def _carried_out(self, request: httpx.Request, content: bytes) -> httpx.Response:
        return await asyncio.shield(self._carry_out(request, content, 0.0))

    def _carry_out(
        self, request: httpx.Request, content: bytes, late_s: float
    ) -> "asyncio.Task[httpx.Response]":
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        way_s = self._network.dice.random() * _ONE_WAY_S
        name, call = self._machine.name, f"call {self._platform}.{_operation(request)}"

        async def there() -> httpx.Response:
            await asyncio.sleep(late_s + way_s)
            response = await self._to.handle_async_request(sent)
            await response.aread()
            at, status = self._network.loop.time(), response.status_code
            self._network.trace.add(at, name, call, status=status)
            await asyncio.sleep(way_s)
            return response

        carried_out = self._network.loop.create_task(there(), context=self._network.outside.copy())
        carried_out.add_done_callback(unheard)
        return carried_out


def _operation(request: httpx.Request) -> str:
    """By the document, by the end of the path otherwise."""
    if request.url.path.endswith("/graphql.json"):
        return DOCUMENT.get("query")
    return request.url.path.rpartition("/")[2]


class NamedCalls:
    """Keeps ``shopify.calls.Calls``; the network sees which document it is."""

    def __init__(self, client: Calls) -> None:
        self._client = client

    async def execute(
        self, store: str, what: str, variables: Mapping[str, object], *, guard: Guard | None = None
    ) -> Answer:
        """See ``Calls.execute``."""
        token = DOCUMENT.set(what)
        try:
            return await self._client.execute(store, what, variables, guard=guard)
        finally:
            DOCUMENT.reset(token)


def _refusal(status: int, platform: str) -> httpx.Response:
    """As each words it: TikTok with its own code, Shopify's outer servers in plain text."""
    headers = {"retry-after": "2"} if status == 429 else {}
    if platform == "tiktok":
        code = 36009002 if status == 429 else 36009003
        body = {"code": code, "message": "Refused.", "request_id": "fault"}
        return httpx.Response(status, json=body, headers=headers)
    return httpx.Response(status, text="Refused", headers={"x-request-id": "fault", **headers})
