"""How an order stands in Shopify before a later change is made to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shopify.fulfilments import Fulfilment
from shopify.wire import WireModel, at


class OrderStanding(WireModel):
    """An order that is there: cancelled or not, sent or not, and its tags."""

    id: str
    cancelled_at: datetime | None = None
    display_fulfillment_status: str
    tags: tuple[str, ...] = ()
    fulfillments: tuple[Fulfilment, ...] = ()

    @property
    def is_untouched(self) -> bool:
        """Say whether nothing of it was sent, so that Shopify lets it be cancelled."""
        nothing_sent = not any(fulfilment.is_alive for fulfilment in self.fulfillments)
        return nothing_sent and self.display_fulfillment_status not in {
            "FULFILLED",
            "PARTIALLY_FULFILLED",
        }


def read_standing(data: Mapping[str, Any]) -> OrderStanding | None:
    """Read ``order_standing``; None: the order is gone."""
    return OrderStanding.read_or_none(at(data, "order"))
