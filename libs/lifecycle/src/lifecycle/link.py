"""The Shopify variant of one TikTok SKU, folded from its link's stream."""

from collections.abc import Iterable

from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded


def linked(history: Iterable[Recorded]) -> events.ProductLinked | None:
    """The link that holds now, or None when the SKU is not linked."""
    current: events.ProductLinked | None = None
    for recorded in history:
        match recorded.event:
            case events.ProductLinked() as link:
                current = link
            case events.ProductUnlinked():
                current = None
            case _:
                pass
    return current
