"""A second shop beside a poisoned first one, and what the first may be poisoned with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest
from tests.world import faults
from tests.world.shopify import Call, Fault, ShopifySide, full_budget_of
from tests.world.story import NOW, SHOP_ID, connected
from tests.world.world import World

from ordersync_contracts.codec import UnreadableEvent
from ordersync_contracts.envelope import Recorded
from runtime.service import Task
from shopify.answers import Answer, Done, Invalid, Refused, Unauthorized
from shopify.denials import DenialKind

OTHER: Final = "7495000000000000002"
OTHER_STORE: Final = "second.myshopify.com"


async def shape_changed(shop: ShopifySide, call: Call) -> Answer:
    """Every field is there, and is something else."""
    fields = ("productVariants", "orders", "order", "shop", "nodes", "orderByIdentifier")
    return Done(dict.fromkeys(fields, "else"), call=shop.facts())


async def nothing_in_it(shop: ShopifySide, call: Call) -> Answer:
    """Not a field is there."""
    return Done({}, call=shop.facts())


async def invalid(shop: ShopifySide, call: Call) -> Answer:
    """We asked for what the API does not know."""
    return Invalid("undefinedField", call=shop.facts())


async def refused(shop: ShopifySide, call: Call) -> Answer:
    """Shopify says no, and not why."""
    return Refused((), call=shop.facts())


async def denied(shop: ShopifySide, call: Call) -> Answer:
    """A scope is missing."""
    return Unauthorized(DenialKind.SCOPE, ("read_products",), call=shop.facts())


async def surprise(shop: ShopifySide, call: Call) -> Answer:
    """Something raises that nobody expects."""
    raise RuntimeError("planted")


ANSWERS: Final[Mapping[str, Fault]] = {
    "shape changed": shape_changed,
    "nothing in it": nothing_in_it,
    "invalid": invalid,
    "refused": refused,
    "denied": denied,
    "surprise": surprise,
    "unreachable": faults.unreachable,
    "trouble": faults.trouble,
    "throttled": faults.throttled_for(900.0),
}
"""Everything that may come back when a store is asked for something."""


def poison(world: World, document: str, fault: Fault, times: int = 500) -> None:
    """This becomes of the first store's calls; the second's are answered."""

    async def hit(side: ShopifySide, call: Call) -> Answer:
        is_first = call.store == side.sim.domain
        return await (fault(side, call) if is_first else side.answer(call))

    world.shopify.faults[document] = [hit] * times


async def connect_two(world: World, *variants: Mapping[str, Any], **settings: object) -> None:
    """Two shops, each with a store of its own that has these variants."""
    sim = world.shopify.sim
    second = replace(sim, domain=OTHER_STORE)
    await world.shopify.behave(variants=list(variants))
    (await second.put(plan="basic", variants=list(variants))).raise_for_status()
    await second.define_custom_id()
    await full_budget_of(world.shopify.budget, OTHER_STORE)
    await world.vault.put_credential("shopify_store", OTHER_STORE, {"access_token": sim.token})
    for shop_id, store in ((SHOP_ID, sim.domain), (OTHER, OTHER_STORE)):
        for event in connected(store, NOW, **settings):
            await world.say(event.model_copy(update={"shop_id": shop_id}))


@contextmanager
def unreadable(*streams: str) -> Iterator[None]:
    """The events of these streams cannot be read."""
    read: Any = Recorded.__dict__["event"]

    def event(recorded: Recorded) -> Any:
        if recorded.stream in streams:
            raise UnreadableEvent(f"{recorded.name}: planted")
        return read.__get__(recorded)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorded, "event", property(event))
        yield


@asynccontextmanager
async def running(task: Task, until: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """The task runs beside until this is so; then it is over. It must not end before."""
    at_work = asyncio.ensure_future(task())
    try:
        yield
        async with asyncio.timeout(10):
            while not await until():
                assert not at_work.done(), at_work.exception()
                await asyncio.sleep(0.01)
    finally:
        at_work.cancel()
        await asyncio.wait([at_work])
