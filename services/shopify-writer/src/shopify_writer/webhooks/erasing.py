"""Buyers' data erased because Shopify asks for it: one customer's orders, or a whole store's.

The data goes before the event says so; whoever is killed in between does both again.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from lifecycle import order as orders
from ordersync_contracts.events import RecipientErased
from ordersync_contracts.streams import order_of
from runtime.clock import Clock
from shopify_writer.creation.recording import SOURCE
from vault.interface import Vault

Why = Literal["customer_request", "shop_request"]
_PAGE: Final = 500


class Erasing:
    """Erases recipients and says so in their orders' streams."""

    def __init__(self, store: EventStore, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def orders(self, streams: Sequence[str]) -> None:
        """What is held of these orders' buyer."""
        for stream in streams:
            shop_id, order_id = order_of(stream)
            await self._vault.erase_order(shop_id, order_id, "customer_request")
        await self._say(streams, "customer_request")

    async def shop(self, shop_id: str) -> None:
        """What is held of all buyers of this TikTok shop, and what would still come."""
        await self._vault.erase_shop(shop_id, "shop_request")
        streams = await self._store.streams(f"order-{shop_id}")
        for begin in range(0, len(streams), _PAGE):
            await self._say(streams[begin : begin + _PAGE], "shop_request")

    async def credentials(self, domain: str) -> None:
        """The store's access token."""
        await self._vault.delete_credential("shopify_store", domain)

    async def _say(self, streams: Sequence[str], why: Why) -> None:
        async def decide(histories: Histories) -> Mapping[str, tuple[RecipientErased, ...]]:
            return {
                stream: (_erased(stream, why),)
                for stream, history in histories.items()
                if orders.fold(history).erased is None
            }

        causes = [Cause(stream, f"{why}:{stream}") for stream in streams]
        await decide_all(self._store, causes, decide, source=SOURCE, clock=self._clock)


def _erased(stream: str, why: Why) -> RecipientErased:
    shop_id, order_id = order_of(stream)
    return RecipientErased(shop_id=shop_id, order_id=order_id, erased_by=SOURCE, reason=why)
