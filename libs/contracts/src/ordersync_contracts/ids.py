"""How an event's id follows from what caused it (so that a second time is the same event)."""

from uuid import NAMESPACE_URL, UUID, uuid5

_DECISIONS = uuid5(NAMESPACE_URL, "ordersync:decision")
_FACTS = uuid5(NAMESPACE_URL, "ordersync:fact")


def decision_id(stream: str, expected_version: int, cause: str, type_name: str, n: int) -> UUID:
    """The id of the ``n``-th event that one decision on a stream makes because of ``cause``."""
    return uuid5(_DECISIONS, f"{stream}|{expected_version}|{cause}|{type_name}|{n}")


def fact_id(*parts: str) -> UUID:
    """The id of something that happened outside, from what identifies it there."""
    return uuid5(_FACTS, "|".join(parts))


def created_id(store: str, shopify_order_id: str) -> UUID:
    """The id of ShopifyOrderCreated: one per Shopify order, however often we hear of it."""
    return fact_id("ShopifyOrderCreated", store, shopify_order_id)


def outcome_id(job_id: str, attempt: int, type_name: str) -> UUID:
    """The id of another call's outcome: one per job and attempt."""
    return fact_id(type_name, job_id, str(attempt))
