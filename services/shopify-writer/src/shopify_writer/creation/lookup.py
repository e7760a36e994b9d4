"""Is this order in the store? By its id metafield, and, to prove absence, by search as well."""

from dataclasses import dataclass
from typing import Final

from shopify.answers import Answer, Done
from shopify.calls import Calls
from shopify.orders import (
    FoundOrder,
    read_back,
    read_by_custom_id,
    read_search,
    source_identifier_query,
)
from shopify_writer.creation.order_input import ID_KEY, ID_NAMESPACE
from shopify_writer.domain import InShopify
from shopify_writer.throttling import execute

BY_ID: Final = "order_find_by_custom_id"
BY_SEARCH: Final = "order_find"
NO_ORDER: Final = "0"
"""Nobody's order: to ask whether the store answers us at all."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The lookup answered: no such order (yet)."""


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """The lookup itself failed; it says nothing about the order."""

    answer: Answer


async def by_id(shopify: Calls, store: str, order_id: str) -> InShopify | Absent | NotAnswered:
    """A direct lookup by the ``$app`` id metafield, which every order of ours carries."""
    custom_id = {"namespace": ID_NAMESPACE, "key": ID_KEY, "value": order_id}
    identifier = {"identifier": {"customId": custom_id}}
    answer = await execute(shopify, store, BY_ID, identifier)
    if not isinstance(answer, Done):
        return NotAnswered(answer)
    found = read_by_custom_id(answer.data)
    return _there(found) if found is not None else Absent()


async def before_create(
    shopify: Calls, store: str, order_id: str, *, is_unmarked: bool
) -> InShopify | Absent | NotAnswered:
    """By id; by search too where an order of ours is known to have stood without its id."""
    found = await by_id(shopify, store, order_id)
    if isinstance(found, Absent) and is_unmarked:
        return await by_search(shopify, store, order_id)
    return found


async def by_search(shopify: Calls, store: str, order_id: str) -> InShopify | Absent | NotAnswered:
    """A search by source identifier, compared exactly; it lags behind what was created."""
    query = {"query": source_identifier_query(order_id)}
    answer = await execute(shopify, store, BY_SEARCH, query)
    if not isinstance(answer, Done):
        return NotAnswered(answer)
    for order in read_search(answer.data).nodes:
        if order.source_identifier == order_id:
            return _there(order)
    return Absent()


async def is_there(shopify: Calls, store: str, gid: str) -> bool:
    """Whether a direct read of the store finds this very order; an answer that fails does not."""
    answer = await execute(shopify, store, "orders_read_back", {"ids": [gid]})
    return isinstance(answer, Done) and read_back(answer.data, [gid])[gid] is not None


def _there(order: FoundOrder) -> InShopify:
    return InShopify(order.id, order.name, order.processed_at)
