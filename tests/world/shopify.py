"""Shopify in a world: its simulator behind our client, and what becomes of each call."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from tests.world.clock import WorldClock

from connections.budgeted import BudgetedShopify
from connections.stores import StoreTokens
from jobs.budget import Reading, Settlement
from jobs.budget_queue import BudgetQueue
from jobs.budget_stores import MemoryBudget
from runtime.clock import Monotonic
from shopify.answers import Answer, CallFacts
from shopify.body import Guard
from shopify.client import ShopifyClient
from simulators.shopify import in_process
from simulators.shopify.in_process import InProcessShopify, Json
from simulators.shopify.store.grants import SCOPES
from simulators.shopify.store.plans import PLANS
from vault.interface import Vault

_PLAN: Final = "basic"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that a service makes."""

    store: str
    what: str
    variables: Mapping[str, Any]
    guard: Guard | None = None


Fault: TypeAlias = Callable[["ShopifySide", Call], Awaitable[Answer]]
"""What becomes of one call; ``tests.world.faults`` has the usual ones."""


@dataclass
class ShopifySide:
    """Keeps ``shopify.calls.Calls``.

    ``faults``: by document, what becomes of the next calls; None: nothing unusual. ``calls``: all
    that were made, oldest first, whatever became of them.
    """

    sim: InProcessShopify
    client: ShopifyClient
    clock: WorldClock
    budget: MemoryBudget
    faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    async def execute(
        self,
        store: str,
        what: str,
        variables: Mapping[str, object],
        *,
        guard: Guard | None = None,
    ) -> Answer:
        """See ``Calls.execute``."""
        call = Call(store, what, variables, guard)
        if guard is not None:
            guard()
        self.calls.append(call)
        planned = self.faults.get(what)
        fault = planned.pop(0) if planned else None
        return await (fault(self, call) if fault is not None else self.answer(call))

    def budgeted(self) -> BudgetedShopify:
        """This Shopify for one process, within the budget that all processes share."""
        queue = BudgetQueue(self.budget, self.clock.monotonic)
        return BudgetedShopify(self, queue, self.clock.wall, self.clock.monotonic)

    async def answer(self, call: Call) -> Answer:
        """What Shopify answers when nothing unusual happens."""
        return await self.client.execute(call.store, call.what, call.variables, guard=call.guard)

    def facts(self) -> CallFacts:
        """Of an answer that a fault makes up."""
        return CallFacts(sent_at=self.clock.now, request_id=f"request-{len(self.calls)}")

    def asked(self) -> list[str]:
        """The documents that were sent, in order."""
        return [call.what for call in self.calls]

    async def behave(self, **settings: object) -> None:
        """How the store behaves from now on: ``PUT /_sim/shops/{domain}``."""
        (await self.sim.put(**settings)).raise_for_status()

    async def grant_all_but(self, *scopes: str) -> None:
        """What the app may do there from now on."""
        await self.behave(scopes=[scope for scope in SCOPES if scope not in scopes])

    async def delete(self, gid: str) -> None:
        """A person deletes this order."""
        (await self.sim.http.delete(f"/_sim/orders/{gid}")).raise_for_status()

    async def orders(self, order_id: str | None = None) -> list[Json]:
        """The orders that stand there (of one TikTok order), as created, oldest first."""
        return [
            shown
            for shown in await self.sim.orders()
            if order_id in {None, shown["order"]["sourceIdentifier"]}
        ]


@asynccontextmanager
async def shopify_side(clock: WorldClock, vault: Vault, store: str) -> AsyncIterator[ShopifySide]:
    """A Shopify with this store, whose token the vault has and which knows our id metafield."""
    async with in_process.running() as sim:
        clock.follow(lambda unix: sim.clock.__setitem__(0, unix))
        sim.domain = store
        (await sim.put(plan=_PLAN, variants=list(in_process.VARIANTS))).raise_for_status()
        await sim.define_custom_id()
        await vault.put_credential("shopify_store", store, {"access_token": sim.token})
        tokens = StoreTokens(vault, clock=clock.wall)
        client = ShopifyClient(sim.http, tokens, clock=clock.wall, base_url="http://sim")
        yield ShopifySide(sim, client, clock, await full_budget(clock.monotonic, store))


async def full_budget(monotonic: Monotonic, store: str) -> MemoryBudget:
    """A budget that knows what an answer would have said: else the first calls wait for points."""
    budget = MemoryBudget(monotonic)
    await full_budget_of(budget, store)
    return budget


async def full_budget_of(budget: MemoryBudget, store: str) -> None:
    """The same of one more store."""
    plan = PLANS[_PLAN]
    full = Reading(plan.bucket, plan.bucket, plan.restore, age_s=0.0, settled=0.0)
    await budget.reserve(store, [Settlement(0.0, 0.0, full)], [])


def created_at(shown: Json) -> datetime:
    """When an order of ``ShopifySide.orders`` was created."""
    return datetime.fromisoformat(shown["order"]["createdAt"])
