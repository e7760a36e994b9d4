"""What Shopify's webhooks ask for is carried out: any number of processes, again until it is done.

Every step may be done twice: what was recorded or erased before changes nothing.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from eventstore import EventStore
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts.events import ShopifyOrderRemoved
from ordersync_contracts.streams import order_of
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.kafka import is_infrastructure
from runtime.randomness import system_chance
from shopify import webhooks
from shopify_writer.store_pauses import StorePauses, StoreSilent
from shopify_writer.webhooks.erasing import Erasing
from shopify_writer.webhooks.inbox import Inbox, Taken
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.orders import cancelled, removed, streams_by_gid
from vault.keys import VaultProblem

log = structlog.get_logger()
UNKNOWN_FOR: Final = timedelta(minutes=15)
"""So long the event of an order may still be on its way: then it is none of ours."""
KEPT_FOR: Final = timedelta(days=7)
"""Shopify repeats a webhook within four hours; ours are known for longer than that."""
_GONE: Final = "app_uninstalled"
_AT_A_TIME: Final = 100
_LOOK_EVERY_S: Final = 5.0
_TIDY_EVERY: Final = timedelta(hours=1)
_BACKOFF: Final = Backoff(first=5.0, longest=900.0)


class NotYet(Exception):
    """It cannot be carried out now: an event that it is about is not here yet."""

    safe = True


class WebhookWorker:
    """Works through the inbox; ``arrived`` says that there is something new in it."""

    def __init__(
        self,
        store: EventStore,
        inbox: Inbox,
        stores: StorePauses,
        erasing: Erasing,
        clock: Clock,
        metrics: WebhookMetrics,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._stores = stores
        self._erasing = erasing
        self._clock = clock
        self._metrics = metrics
        self._hint = asyncio.Event()
        self._tidied_at = clock()

    def arrived(self) -> None:
        """Look now."""
        self._hint.set()

    async def run(self) -> None:
        """For ever; what is raised leaves the webhooks to whoever looks next."""
        while True:
            self._hint.clear()
            while await self.some():
                pass
            self._metrics.open_requests(len(await self._inbox.requests()))
            await self._tidy()
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._hint.wait()
            except TimeoutError:
                pass

    async def some(self) -> int:
        """Carry out what is due now; how many were looked at."""
        taken = await self._inbox.take(self._clock(), _AT_A_TIME)
        for one in taken:
            await self._attempt(one)
        return len(taken)

    async def _tidy(self) -> None:
        now = self._clock()
        if now - self._tidied_at >= _TIDY_EVERY:
            self._tidied_at = now
            await self._inbox.forget(now - KEPT_FOR)

    async def _attempt(self, taken: Taken) -> None:
        webhook = taken.webhook
        try:
            await self._carry_out(taken)
        except Exception as error:
            if not isinstance(error, NotYet | StoreSilent | VaultProblem) and not is_infrastructure(
                error
            ):
                log.exception("webhook.not_carried_out", topic=webhook.topic)
            else:
                log.warning("webhook.put_back", topic=webhook.topic, error=type(error).__name__)
            wait_s = _BACKOFF.delay(taken.attempts, system_chance)
            await self._inbox.later(webhook.id, self._clock() + timedelta(seconds=wait_s))
        else:
            await self._inbox.done(webhook.id, self._clock(), "shopify-writer")
            self._metrics.done(webhook.topic)
            log.info("webhook.carried_out", topic=webhook.topic, store=webhook.store)

    async def _carry_out(self, taken: Taken) -> None:
        match taken.webhook.topic:
            case webhooks.UNINSTALLED:
                await self._uninstalled(taken)
            case webhooks.ORDER_DELETED | webhooks.ORDER_CANCELLED:
                await self._about_order(taken)
            case webhooks.CUSTOMER_REDACT:
                await self._redact_customer(taken)
            case webhooks.SHOP_REDACT:
                await self._redact_shop(taken)
            case topic:
                raise AssertionError(f"nobody carries out {topic}")

    async def _uninstalled(self, taken: Taken) -> None:
        for shop in await self._shops_of(taken.webhook.store):
            if shop.is_connected and shop.pause_of("shopify") is None:
                await self._stores.pause_if_denied(shop, _GONE)

    async def _about_order(self, taken: Taken) -> None:
        said = taken.webhook
        (gid,) = said.order_ids
        stream = (await streams_by_gid(self._store, said.store, [gid])).get(gid)
        if stream is None:
            if await self._shops_of(said.store) and self._is_fresh(taken):
                raise NotYet("no event tells of the order")
            return
        if said.topic == webhooks.ORDER_CANCELLED:
            await cancelled(self._store, stream, said.store, gid, said.reason, self._clock)
            return
        shop_id, order_id = order_of(stream)
        event = ShopifyOrderRemoved(
            shop_id=shop_id,
            order_id=order_id,
            store=said.store,
            shopify_order_id=gid,
            seen_by="webhook",
        )
        await removed(self._store, stream, event, self._clock)

    def _is_fresh(self, taken: Taken) -> bool:
        return self._clock() - taken.received_at < UNKNOWN_FOR

    async def _redact_customer(self, taken: Taken) -> None:
        said = taken.webhook
        found = await streams_by_gid(self._store, said.store, said.order_ids)
        await self._erasing.orders(sorted(found.values()))
        if len(found) < len(said.order_ids) and self._is_fresh(taken):
            raise NotYet("no event tells of some of the orders")

    async def _redact_shop(self, taken: Taken) -> None:
        for shop in await self._shops_of(taken.webhook.store):
            if shop.pause_of("shopify") != _GONE:
                await self._stores.pause(shop, _GONE)
            await self._erasing.shop(shop.shop_id)
        await self._erasing.credentials(taken.webhook.store)

    async def _shops_of(self, domain: str) -> list[Shop]:
        histories = await self._store.read_many(await self._store.streams("shop"))
        found = [shops.fold(history) for history in histories.values()]
        return [shop for shop in found if shop.store == domain]
