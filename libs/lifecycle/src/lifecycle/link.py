"""The Shopify variant of one TikTok SKU, folded from its link's stream."""

from collections.abc import Iterable
from functools import reduce

from ordersync_contracts import events
from ordersync_contracts.codec import UnknownEvent
from ordersync_contracts.envelope import Recorded


def evolve(link: events.ProductLinked | None, recorded: Recorded) -> events.ProductLinked | None:
    """The link after one more event of its stream; one of a newer release changes nothing."""
    try:
        event = recorded.event
    except UnknownEvent:
        return link
    match event:
        case events.ProductLinked():
            return event
        case events.ProductUnlinked():
            return None
        case _:
            return link


def linked(history: Iterable[Recorded]) -> events.ProductLinked | None:
    """The link that holds now, or None when the SKU is not linked."""
    nothing: events.ProductLinked | None = None
    return reduce(evolve, history, nothing)
