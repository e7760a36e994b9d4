"""What each of Shopify's webhooks asks for is carried out.

Every step may be done twice: what was recorded or erased before changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from connections.shop_book import ShopBook
from eventstore.journal import Journal
from inbox.interface import Received
from inbox.worker import PutBack
from lifecycle.shop import Shop
from ordersync_contracts.events import ShopifyOrderRemoved
from ordersync_contracts.streams import order_of
from runtime.kafka import is_infrastructure
from shopify import webhooks
from shopify.answers import DefinitionMissing, Unauthorized
from shopify.calls import Calls
from shopify.webhooks import Webhook
from shopify_jobs.pauses import SIDE, Pauses
from shopify_writer.creation import lookup
from shopify_writer.webhooks.erasing import Erasing
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.orders import cancelled, removed, streams_by_gid
from shopify_writer.webhooks.products import tell_of_products
from vault.keys import VaultProblem

log = structlog.get_logger()
UNKNOWN_FOR: Final = timedelta(minutes=15)
"""So long the event of an order may still be on its way: then it is none of ours."""
SILENT_FOR: Final = timedelta(days=1)
"""So long a store may be asked whether it still accepts us, for one webhook."""
_GONE: Final = "app_uninstalled"


class NotYet(Exception):
    """It cannot be carried out now: an event that it is about is not here yet."""

    safe = True


class StoreSilent(Exception):
    """The store could not be asked whether it still accepts us."""

    safe = True


@dataclass(frozen=True, slots=True)
class WebhookActions:
    """Does what webhooks ask for; what cannot be done, for whatever reason, is tried again."""

    journal: Journal
    shops: ShopBook
    shopify: Calls
    pauses: Pauses
    erasing: Erasing
    metrics: WebhookMetrics

    async def act(self, _: str, taken: Sequence[Received[Webhook]]) -> None:
        """See ``inbox.worker.Act``: one webhook."""
        (received,) = taken
        webhook = received.message
        try:
            await self._act(received)
        except Exception as error:
            passes = isinstance(error, NotYet | StoreSilent | VaultProblem)
            if not passes and not is_infrastructure(error):
                raise  # a surprise: the worker puts this one aside
            log.warning("webhook.put_back", topic=webhook.topic, error=type(error).__name__)
            raise PutBack(type(error).__name__) from error
        self.metrics.done(webhook.topic)
        log.info("webhook.carried_out", topic=webhook.topic, store=webhook.store)

    async def _act(self, received: Received[Webhook]) -> None:
        match received.message.topic:
            case webhooks.UNINSTALLED:
                await self._uninstalled(received)
            case webhooks.ORDER_DELETED | webhooks.ORDER_CANCELLED:
                await self._about_order(received)
            case topic if topic in webhooks.PRODUCTS:
                await tell_of_products(self.journal, self.shops, received.message)
            case webhooks.CUSTOMER_REDACT:
                await self._redact_customer(received)
            case webhooks.SHOP_REDACT:
                await self._redact_shop(received)
            case topic:
                raise AssertionError(f"nobody carries out {topic}")

    async def _uninstalled(self, received: Received[Webhook]) -> None:
        for shop in await self.shops.of_store(received.message.store):
            if not shop.is_connected or shop.pause_of(SIDE) is not None:
                continue
            if await self._is_denied(shop, received):
                await self.pauses.pause(shop, _GONE)

    async def _is_denied(self, shop: Shop, received: Received[Webhook]) -> bool:
        """Whether the store does not accept our token any more. Raises StoreSilent.

        A store that has been silent for a day is paused by the first call that it turns away.
        """
        found = await lookup.by_id(self.shopify, shop.store or "", lookup.NO_ORDER)
        if not isinstance(found, lookup.NotAnswered) or isinstance(found.answer, DefinitionMissing):
            return False
        if not isinstance(found.answer, Unauthorized):
            if self.journal.clock() - received.received_at >= SILENT_FOR:
                return False
            raise StoreSilent(f"store {shop.store}: {type(found.answer).__name__}")
        return True

    async def _about_order(self, received: Received[Webhook]) -> None:
        webhook = received.message
        (gid,) = webhook.order_ids
        stream = (await streams_by_gid(self.journal.store, webhook.store, [gid])).get(gid)
        if stream is None:
            if await self.shops.of_store(webhook.store) and self._is_fresh(received):
                raise NotYet("no event tells of the order")
            return
        if webhook.topic == webhooks.ORDER_CANCELLED:
            await cancelled(self.journal, stream, webhook.store, gid, webhook.reason)
            return
        shop_id, order_id = order_of(stream)
        event = ShopifyOrderRemoved(
            shop_id=shop_id,
            order_id=order_id,
            store=webhook.store,
            shopify_order_id=gid,
            seen_by="webhook",
        )
        await removed(self.journal, stream, event)

    def _is_fresh(self, received: Received[Webhook]) -> bool:
        return self.journal.clock() - received.received_at < UNKNOWN_FOR

    async def _redact_customer(self, received: Received[Webhook]) -> None:
        webhook = received.message
        found = await streams_by_gid(self.journal.store, webhook.store, webhook.order_ids)
        await self.erasing.orders(sorted(found.values()))
        if len(found) < len(webhook.order_ids) and self._is_fresh(received):
            raise NotYet("no event tells of some of the orders")

    async def _redact_shop(self, received: Received[Webhook]) -> None:
        shops = await self.shops.of_store(received.message.store)
        unread = await self.shops.unread()
        for shop in shops:
            if shop.pause_of(SIDE) != _GONE:
                await self.pauses.pause(shop, _GONE)
        await self.erasing.store(received.message.store, [shop.shop_id for shop in shops])
        if unread:
            raise NotYet("a shop cannot be read: it may go to this store")
