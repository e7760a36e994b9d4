"""Carries a generation out: all at once, or arriving over time."""

import asyncio
import random
from dataclasses import dataclass, field

from simulators.tiktok.generate import kinds
from simulators.tiktok.generate.basket import shelves
from simulators.tiktok.generate.order_maker import OrderMaker
from simulators.tiktok.generate.request import Generation
from simulators.tiktok.shops import Shop
from simulators.tiktok.stored_order import StoredOrder
from simulators.tiktok.world import World

_AT_ONCE = 50
"""Orders made before other requests get their turn."""
_TICK_S = 0.02


@dataclass(slots=True)
class Generator:
    """Makes orders in the world; those that arrive over time stop at `stop`."""

    world: World
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def at_once(self, wish: Generation, shop: Shop) -> list[StoredOrder]:
        """All orders of the wish. Raises kinds.BadMix."""
        dice = random.Random(wish.seed)
        maker = self._maker(shop, dice)
        made: list[StoredOrder] = []
        for at, kind in enumerate(kinds.plan(wish.mix, wish.count, dice)):
            created = dice.randint(wish.created_from, wish.created_to)
            made.append(self._place(maker, kind, created, shop, backdated=wish.backdated))
            if at % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
        return made

    def over_time(self, wish: Generation, shop: Shop, rate_per_s: float) -> None:
        """Starts the arrival of the orders; each is created when it arrives. Raises BadMix."""
        dice = random.Random(wish.seed)
        names = kinds.plan(wish.mix, wish.count, dice)
        task = asyncio.create_task(self._arrive(names, self._maker(shop, dice), shop, rate_per_s))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Ends every arrival."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _arrive(
        self, names: list[str], maker: OrderMaker, shop: Shop, rate_per_s: float
    ) -> None:
        loop = asyncio.get_running_loop()
        start, done = loop.time(), 0
        while done < len(names):
            due = min(len(names), int((loop.time() - start) * rate_per_s) + 1)
            for name in names[done:due]:
                now = int(self.world.now())
                self._place(maker, name, now, shop, backdated=False)
            done = max(done, due)
            await asyncio.sleep(max(_TICK_S, start + done / rate_per_s - loop.time()))

    def _maker(self, shop: Shop, dice: random.Random) -> OrderMaker:
        return OrderMaker(shelves(shop.skus), self.world.ids, dice, self.world.settings.hold_s)

    def _place(
        self, maker: OrderMaker, kind: str, created: int, shop: Shop, *, backdated: bool
    ) -> StoredOrder:
        now = int(self.world.now())
        made = maker.make(kind, created, now)
        if backdated:
            return self.world.orders.store_history(made.raw, shop.id, made.privacy)
        raw = made.raw | {"update_time": now}
        return self.world.orders.place(raw, shop.id, made.privacy, now)
