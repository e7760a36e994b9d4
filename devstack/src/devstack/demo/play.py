"""The demo's acts: 40 orders arrive and settle; a link releases those that waited for it."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final

from console.backend import Submission
from console.products.actions import link_product
from devstack.catalogue import shopify_variants
from devstack.demo.orders import COUNT, TikTokSide
from devstack.demo.progress import Display
from devstack.demo.state import State, doubles, read_state
from devstack.settings import SHOP_ID
from eventstore.postgres import connect
from eventstore.store import EventStore
from runtime.clock import Monotonic, utc_now

Say = Callable[[str], None]
_LOOK_EVERY_S: Final = 0.25
_SETTLE_WITHIN_S: Final = 180.0
_NEXT_ORDER_S: Final = 4.0


@dataclass(frozen=True, slots=True)
class Result:
    """What `--once --json` prints; seconds from the start of the command."""

    orders: int
    eligible: int
    synced: int
    ineligible: int
    failed: int
    duplicates: int
    delivered: int
    first_synced_s: float | None
    elapsed_s: float

    @property
    def is_good(self) -> bool:
        """Every eligible order is in Shopify exactly once, every other one has its reason."""
        return self.synced == self.eligible > 0 and self.duplicates == 0 and self.failed == 0

    def to_json(self) -> dict[str, object]:
        """The object to print."""
        return asdict(self)


class Play:
    """Plays the demo against a stack that is up; ``began`` is on the clock ``now``."""

    def __init__(self, summary: dict[str, str], say: Say, now: Monotonic, began: float) -> None:
        self._summary = summary
        self._say = say
        self._now = now
        self._began = began
        self._first_synced_s: float | None = None

    async def once(self) -> Result:
        """Let the orders of the past week arrive, wait until all is settled."""
        async with AsyncExitStack() as opened:
            store = await opened.enter_async_context(connect(self._summary["database"]))
            tiktok = TikTokSide(self._summary["tiktok"])
            opened.callback(tiktok.close)
            state = await self._settle(store, tiktok)
        return self._result(state)

    async def go_on(self) -> None:
        """For ever: a new order now and then, and the earlier ones on their way."""
        tiktok = TikTokSide(self._summary["tiktok"])
        self._say(f"\nOrders page:  {self._summary['console']}/")
        self._say("One order:    .venv/bin/ordersync order show ID")
        self._say("All orders:   .venv/bin/ordersync order ls")
        self._say("A new order comes every few seconds and goes on to delivered. Ctrl-C ends.\n")
        while True:
            self._say(f"ordered    {await asyncio.to_thread(tiktok.one_more)}")
            await asyncio.sleep(_NEXT_ORDER_S / 2)
            moved = await asyncio.to_thread(tiktok.advance)
            if moved is not None:
                self._say(f"moved on   {moved}")
            await asyncio.sleep(_NEXT_ORDER_S / 2)

    async def _settle(self, store: EventStore, tiktok: TikTokSide) -> State:
        arrived = await asyncio.to_thread(tiktok.past_week)
        self._say(f"{len(arrived)} orders of the past 7 days are in the TikTok shop")
        until = self._now() + _SETTLE_WITHIN_S
        linked: set[str] = set()
        with Display(COUNT) as display:
            while self._now() < until:
                state = await read_state(store)
                display.show(state)
                self._note_first(state)
                if state.total >= len(arrived) and not state.unfinished:
                    if not state.unlinked:
                        return state
                    await self._link(store, state.unlinked, linked)
                    linked.update(state.unlinked)
                await asyncio.sleep(_LOOK_EVERY_S)
        return state

    async def _link(self, store: EventStore, sku_ids: tuple[str, ...], linked: set[str]) -> None:
        """A person links what no SKU could, each once: the orders that waited are released."""
        submission = Submission(store, utc_now, "demo", secrets.token_hex(16))
        for sku_id, variant in zip(sku_ids, shopify_variants(), strict=False):
            if sku_id in linked:
                continue
            await link_product(submission, SHOP_ID, sku_id, variant["id"])
            self._say(f"linked TikTok SKU {sku_id} to {variant['title']}")

    def _note_first(self, state: State) -> None:
        if self._first_synced_s is None and state.synced:
            self._first_synced_s = round(self._now() - self._began, 1)

    def _result(self, state: State) -> Result:
        return Result(
            orders=state.total,
            eligible=state.eligible,
            synced=state.synced,
            ineligible=state.total - state.eligible,
            failed=state.eligible - state.synced + state.without_reason,
            duplicates=doubles(self._summary["shopify"]),
            delivered=state.delivered,
            first_synced_s=self._first_synced_s,
            elapsed_s=round(self._now() - self._began, 1),
        )
