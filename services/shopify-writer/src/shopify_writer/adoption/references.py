"""What other systems told TikTok: the Shopify order that an order is, believed once it is there."""

import re
from collections.abc import Iterable
from typing import Final

from ordersync_contracts.events import Event, ShopifyOrderDraft
from shopify.answers import Answer, Done
from shopify.calls import Calls
from shopify.orders import read_back
from shopify_writer.adoption.evidence import FoundOrder, found
from shopify_writer.throttling import execute

_GID: Final = "gid://shopify/Order/"
_NUMBER: Final = re.compile(rf"(?:{_GID})?(\d+)")


def references(events: Iterable[Event]) -> dict[str, tuple[FoundOrder, ...]]:
    """By store, what these drafts say TikTok was told; without a name, as nobody has seen it."""
    by_store: dict[str, tuple[FoundOrder, ...]] = {}
    for event in events:
        if isinstance(event, ShopifyOrderDraft) and (gid := _gid(event.known_as)) is not None:
            reference = FoundOrder(event.order_id, gid, name="")
            by_store[event.store] = (*by_store.get(event.store, ()), reference)
    return by_store


def _gid(known_as: Iterable[str]) -> str | None:
    """The first that is an order's number or gid; other systems' names for it prove nothing."""
    numbers = (match[1] for name in known_as if (match := _NUMBER.fullmatch(name.strip())))
    return next((f"{_GID}{number}" for number in numbers), None)


async def look_up(shopify: Calls, store: str, reference: FoundOrder) -> FoundOrder | Answer | None:
    """The order as it stands in the store; None when it is not there, or is another TikTok order.

    The answer itself when the store did not say.
    """
    asked = [reference.shopify_order_id]
    answer = await execute(shopify, store, "orders_read_back", {"ids": asked})
    if not isinstance(answer, Done):
        return answer
    there = read_back(answer.data, asked)[reference.shopify_order_id]
    if there is None:
        return None
    named = found(there)
    if named is not None and named.order_id != reference.order_id:
        return None
    return FoundOrder(reference.order_id, there.id, there.name, there.processed_at)
