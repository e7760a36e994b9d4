"""Where every request of a simulator comes in: noted, hit by a fault or not, passed on.

Requests under `/_sim/` are the control side: never noted, never hit.
"""

from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.exchange import Exchange, read_body
from simulators.fault_rules import Faults
from simulators.faults import Platform, inflict
from simulators.request_log import LoggedRequest, RequestLog


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is aimed at, in the words of a fault's `match`."""

    path: str
    operation: str | None
    shop: str | None


class RecognisingPlatform(Platform, Protocol):
    """A platform that can also say what a request is aimed at."""

    def target(self, scope: Scope, body: bytes, /) -> Target:
        """Asked only while a fault is in force; must not fail on any request."""


class Entrance:
    """The outermost ASGI app of a simulator."""

    def __init__(
        self, app: ASGIApp, *, faults: Faults, log: RequestLog, platform: RecognisingPlatform
    ) -> None:
        self._app = app
        self._faults = faults
        self._log = log
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"].startswith("/_sim/"):
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        if body is not None:
            noted = self._log.add(scope, body)
            exchange = Exchange(self._app, scope, body, receive, _noting(send, noted))
            await self._pass_on(exchange)

    async def _pass_on(self, exchange: Exchange) -> None:
        if not self._faults:
            await exchange.proceed()
            return
        aim = self._platform.target(exchange.scope, exchange.body)
        fault = self._faults.pick(path=aim.path, operation=aim.operation, shop=aim.shop)
        if fault is None:
            await exchange.proceed()
        else:
            await inflict(fault, exchange, self._platform)


def _noting(send: Send, noted: LoggedRequest) -> Send:
    async def noting_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            noted.status = message["status"]
        await send(message)

    return noting_send
