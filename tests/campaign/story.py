"""What happened to an order that ended wrongly: its events and Shopify's requests, by time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded

Request = dict[str, Any]


def story(order_id: str, history: Iterable[Recorded], requests: Iterable[Request]) -> Sequence[str]:
    """One line per event and per request that names the order, oldest first."""
    lines = [
        (recorded.recorded_at, f"event {recorded.version} {_said(recorded)}")
        for recorded in history
    ]
    lines += [
        (datetime.fromtimestamp(request["at"], UTC), f"request {_asked(request)}")
        for request in requests
        if order_id in request["body"]
    ]
    return [f"{order_id} {at:%H:%M:%S.%f} {text}" for at, text in sorted(lines)]


def _said(recorded: Recorded) -> str:
    match recorded.event:
        case events.ShopifyOrderRequested() as event:
            return f"{recorded.name} attempt {event.attempt}"
        case events.ShopifyOrderCreated() as event:
            return f"{recorded.name} {event.outcome} {event.shopify_order_id}"
        case events.ShopifyOrderFailed() as event:
            return f"{recorded.name} {event.reason_code}"
        case _:
            return recorded.name


def _asked(request: Request) -> str:
    """The operation and what became of it."""
    name = request["body"].partition('"operationName":"')[2].partition('"')[0]
    rest = {key: value for key, value in request.items() if key in {"status", "fault", "outcome"}}
    return f"{name} {rest}"
