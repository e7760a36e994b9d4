"""Buyers' data erased because Shopify asks for it: one customer's orders, or a whole store's.

The data goes before the event says so; whoever is killed in between does both again. An order of
which it cannot be said holds up no other: it is raised when the others are done, so that the
request is carried out again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from eventstore.journal import Cause, Journal
from eventstore.tail import stream_pages
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts.events import RecipientErased
from ordersync_contracts.streams import order_of
from runtime.apart import apart
from shopify_writer.domain import SOURCE
from vault.interface import Vault

log = structlog.get_logger()
Why = Literal["customer_request", "shop_request"]


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases recipients and says so in their orders' streams."""

    journal: Journal
    vault: Vault

    async def orders(self, streams: Sequence[str]) -> None:
        """What is held of these orders' buyer."""
        for stream in streams:
            shop_id, order_id = order_of(stream)
            await self.vault.erase_order(shop_id, order_id, "customer_request")
        _raise_first(await self._record(streams, "customer_request"))

    async def store(self, domain: str, shop_ids: Sequence[str]) -> None:
        """What is held of all buyers of these TikTok shops, what would still come, and the store's
        access token."""
        failures: list[Exception] = []
        for shop_id in shop_ids:
            await self.vault.erase_shop(shop_id, "shop_request")
            async for streams in stream_pages(self.journal.store, f"order-{shop_id}"):
                failures += await self._record(streams, "shop_request")
        await self.vault.delete_credential("shopify_store", domain)
        _raise_first(failures)

    async def _record(self, streams: Sequence[str], why: Why) -> list[Exception]:
        """What it failed of, each by itself."""
        failures: list[Exception] = []

        async def decide(erased: Mapping[str, Order]) -> Mapping[str, Sequence[RecipientErased]]:
            return {
                stream: (_erased(stream, why),)
                for stream, order in erased.items()
                if order.erased is None
            }

        async def record(causes: Sequence[Cause]) -> None:
            await self.journal.decide_many(causes, orders.fold, decide)

        async def failed(cause: Cause, error: Exception) -> None:
            log.error("erasure.not_recorded", stream=cause.stream, exc_info=error)
            failures.append(error)

        await apart([Cause(stream, f"{why}:{stream}") for stream in streams], record, failed)
        return failures


def _raise_first(failures: Sequence[Exception]) -> None:
    if failures:
        raise failures[0]


def _erased(stream: str, why: Why) -> RecipientErased:
    shop_id, order_id = order_of(stream)
    return RecipientErased(shop_id=shop_id, order_id=order_id, erased_by=SOURCE, reason=why)
