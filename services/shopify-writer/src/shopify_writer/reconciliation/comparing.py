"""What an order that stands in the store means, given the stream of its TikTok order. Pure."""

from dataclasses import dataclass
from enum import Enum

from lifecycle.order import Order


class Meaning(Enum):
    """What a Shopify order is to us."""

    KNOWN = "known"
    """The one that the events tell of; or one that is being written, or was just deleted."""
    DOUBLED = "doubled"
    """Another one stands for the same TikTok order."""
    STRANGER = "stranger"
    """It carries our id, and no event tells of it."""
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class Listed:
    """An order of the store that stands for a TikTok order; ``is_marked``: by our own id."""

    order_id: str
    gid: str
    is_marked: bool


def meaning(listed: Listed, order: Order | None) -> Meaning:
    """``order`` None: no shop of the store has fetched it.

    An order deleted a moment ago may still be listed, and one that is being written may be listed
    before its event is here: neither is a stranger.
    """
    if order is None:
        return Meaning.STRANGER if listed.is_marked else Meaning.NOT_OURS
    created = order.created.event if order.created is not None else None
    if created is not None and created.shopify_order_id == listed.gid:
        return Meaning.KNOWN
    if order.stands:
        return Meaning.DOUBLED
    if order.is_in_flight:
        return Meaning.KNOWN
    return Meaning.STRANGER if listed.is_marked else Meaning.NOT_OURS
