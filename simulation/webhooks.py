"""The platforms' webhooks, and other requests to a machine of ours."""

import asyncio
import contextlib
from typing import Any

import httpx

from simulation.machine import Machine
from simulation.network import Network, unheard
from simulation.plan import Strike


class Webhooks(httpx.AsyncBaseTransport):
    """From a platform to whichever replica of the service listens at the address."""

    def __init__(self, network: Network, platform: str, answering: "Answering") -> None:
        self._network = network
        self._platform = platform
        self._answering = answering

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx; one that is lost is answered as if it had arrived."""
        network = self._network
        content = await request.aread()
        machine = self._answering.one(request.url.host, network.dice.random())
        if machine is None:
            raise httpx.ConnectError("nobody listens")
        strike = network.meet(machine, f"webhook.{self._platform}")
        if strike is None:
            return await self._answering.answer(machine, request, content)
        return await self._met(strike, machine, request, content)

    async def _met(
        self, strike: Strike, machine: Machine, request: httpx.Request, content: bytes
    ) -> httpx.Response:
        kind, given = strike.kind, strike.given
        if kind == "webhook_lost":
            return httpx.Response(200)
        if kind == "webhook_late":
            self._network.loop.create_task(
                self._later(machine, request, content, float(given.get("late_s", 60.0))),
                context=self._network.outside.copy(),
            )
            return httpx.Response(200)
        await self._network.befall(machine, strike, "before")
        response = await self._answering.answer(machine, request, content)
        if kind == "webhook_doubled":
            return await self._answering.answer(machine, request, content)
        if kind == "webhook_unanswered":
            raise httpx.ReadTimeout("no answer")
        return response

    async def _later(
        self, machine: Machine, request: httpx.Request, content: bytes, late_s: float
    ) -> None:
        """Its sender has its answer: what becomes of it now is nobody's business."""
        await asyncio.sleep(late_s)
        if machine.is_up:
            with contextlib.suppress(httpx.ReadTimeout):
                await self._answering.answer(machine, request, content)


class Answering:
    """Which machine answers at which host; a request runs on the machine that takes it."""

    def __init__(self, limit_s: float = 5.0) -> None:
        self._limit_s = limit_s
        self._endpoints: dict[str, dict[str, tuple[Machine, httpx.ASGITransport]]] = {}

    def answers(self, host: str, machine: Machine, endpoint: Any) -> None:
        """From now on; in place of what the machine answered with before."""
        transport = httpx.ASGITransport(endpoint)
        self._endpoints.setdefault(host, {})[machine.name] = (machine, transport)

    def one(self, host: str, chance: float) -> Machine | None:
        """One of the machines that are up there."""
        up = [machine for machine, _ in self._endpoints.get(host, {}).values() if machine.is_up]
        return up[int(chance * len(up))] if up else None

    async def answer(
        self, machine: Machine, request: httpx.Request, content: bytes
    ) -> httpx.Response:
        """What the machine answers; nothing when it dies or stands still meanwhile."""
        _, transport = self._endpoints[request.url.host][machine.name]
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answering = machine.call(transport.handle_async_request(sent))
        done, _ = await asyncio.wait({answering}, timeout=self._limit_s)
        if not done:
            answering.add_done_callback(unheard)
            raise httpx.ReadTimeout("no answer")
        response = answering.result()
        await response.aread()
        return response
