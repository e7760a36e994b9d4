"""Compliance requests for whoever answers them: what is open, until when, and that it is done.

``ordersync compliance`` shows what is told here. What data is held is named, never shown.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from connections.opening import open_pool
from runtime.settings import Settings
from shopify_writer.webhooks.inbox import Inbox, Taken, Webhooks

HELD = "recipient and message in the vault, masked or not; ids, amounts and times in the events"
"""What ordersync keeps of a buyer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One open request: about which Shopify customer and orders of which store."""

    id: str
    topic: str
    store: str
    customer_id: str
    orders: tuple[str, ...]
    received_at: datetime
    respond_by: datetime


@asynccontextmanager
async def open_inbox(settings: Settings) -> AsyncIterator[Inbox]:
    """The inbox in the settings' database."""
    async with open_pool(settings, name="ordersync", max_connections=2) as pool:
        yield Webhooks(pool)


async def open_requests(inbox: Inbox) -> tuple[Request, ...]:
    """Every request that is not carried out, the first due first."""
    return tuple(_request(one) for one in await inbox.requests())


async def answered(inbox: Inbox, request_id: str, now: datetime, by: str) -> bool:
    """Say that a person has answered it; False when it is not open."""
    return await inbox.done(request_id, now, by)


def _request(taken: Taken) -> Request:
    said = taken.webhook
    return Request(
        said.id,
        said.topic,
        said.store,
        said.customer_id,
        said.order_ids,
        taken.received_at,
        taken.respond_by or taken.received_at,
    )
