"""What lies between a machine and everything it calls: time passes, answers are lost, it may die.

A call of a double goes through ``Remote``; an HTTP request through ``Wire``. What is carried out on
another machine is carried out there, whatever becomes of its caller meanwhile.
"""

import asyncio
import inspect
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncpg

from simulation.loop import SimulationLoop
from simulation.machine import Machine
from simulation.plan import Strike
from simulation.strikes import Strikes
from simulation.trace import Trace

T = TypeVar("T")
_HOP_S: Final = 0.002
"""The longest that a call of the database takes each way, unless a fault strikes."""


@dataclass
class Network:
    """Shared by all machines. ``down``: by what is away (``database``, ``tiktok``, ``shopify``,
    ``kafka``), until when.
    """

    loop: SimulationLoop
    dice: random.Random
    strikes: Strikes
    trace: Trace
    outside: Context
    down: dict[str, float]

    def meet(self, machine: Machine, call: str) -> Strike | None:
        """The fault that this call meets; it is told."""
        strike = self.strikes.met_by(f"{machine.name}/{call}", self.loop.time())
        if strike is not None:
            self.trace.add(self.loop.time(), machine.name, f"fault {strike.kind}", call=call)
        return strike

    def is_down(self, what: str) -> bool:
        """Whether it is away now."""
        return self.down.get(what, 0.0) > self.loop.time()

    async def database(self, machine: Machine, call: str, work: Callable[[], Awaitable[T]]) -> T:
        """One call of a store: the work is done at once or not at all."""
        strike = self.meet(machine, call)
        await asyncio.sleep(self.dice.random() * _HOP_S)
        if self.is_down("database"):
            raise ConnectionRefusedError("the database is away")
        if strike is None:
            done = await work()
            await asyncio.sleep(self.dice.random() * _HOP_S)
            return done
        await self._before(machine, strike)
        done = await work()
        await self._after(machine, strike)
        return done

    async def _before(self, machine: Machine, strike: Strike) -> None:
        if strike.kind == "lost_before":
            raise asyncpg.ConnectionDoesNotExistError("connection was closed: fault")
        await self.befall(machine, strike, "before")

    async def _after(self, machine: Machine, strike: Strike) -> None:
        if strike.kind == "lost_after":
            raise asyncpg.ConnectionDoesNotExistError("connection was closed: fault")
        await self.befall(machine, strike, "after")

    async def befall(self, machine: Machine, strike: Strike, when: str) -> None:
        """What may happen to whoever calls, before or after the call is carried out."""
        if strike.kind == f"dies_{when}":
            machine.crash(strike.given.get("restart_s", 2.0))
            await self.loop.create_future()
        if strike.kind == f"stops_{when}":
            machine.stand_still(strike.given.get("seconds", 30.0))
            await asyncio.sleep(0)
        if strike.kind == f"slow_{when}":
            await asyncio.sleep(strike.given.get("seconds", 5.0))


class Remote:
    """A double as one machine reaches it: every coroutine of it is a call of the database.

    ``inner``: attributes that are doubles of their own. ``at_once``: methods that are no calls.
    """

    def __init__(
        self,
        network: Network,
        machine: Machine,
        name: str,
        target: object,
        *,
        inner: tuple[str, ...] = (),
        at_once: tuple[str, ...] = (),
    ) -> None:
        self._network = network
        self._machine = machine
        self._name = name
        self._target = target
        self._inner = inner
        self._at_once = at_once

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._target, attribute)
        call = f"{self._name}.{attribute}"
        if attribute in self._inner:
            value = Remote(self._network, self._machine, f"{self._name}.{attribute}", value)
        elif attribute in self._at_once or not callable(value):
            return value
        elif inspect.iscoroutinefunction(value):
            value = self._called(call, value)
        elif inspect.isasyncgenfunction(inspect.unwrap(value)):
            value = self._held(call, value)
        setattr(self, attribute, value)
        return value

    def _called(
        self, call: str, method: Callable[..., Awaitable[T]]
    ) -> Callable[..., Awaitable[T]]:
        database, machine = self._network.database, self._machine

        async def remote(*args: Any, **options: Any) -> T:
            return await database(machine, call, lambda: method(*args, **options))

        return remote

    def _held(
        self, call: str, method: Callable[..., AbstractAsyncContextManager[T]]
    ) -> Callable[..., AbstractAsyncContextManager[Any]]:
        network, machine = self._network, self._machine

        @asynccontextmanager
        async def remote(*args: Any, **options: Any) -> AsyncIterator[Any]:
            await network.database(machine, call, _nothing)
            async with method(*args, **options) as held:
                yield Remote(network, machine, call, held)

        return remote


def unheard(task: "asyncio.Task[Any]") -> None:
    """Whoever waited for it has gone: how it ended is nobody's surprise."""
    if not task.cancelled():
        task.exception()


async def _nothing() -> None:
    """A statement that changes nothing."""
