"""Bugs in what an order says in Shopify: its money, its parcels, its statuses."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from shopify_writer.creation import order_input
from simulation.plants.patching import Function, everywhere, method
from status_tracker.cancellations import domain as cancellations
from status_tracker.deliveries import domain as deliveries
from status_tracker.deliveries import fulfilments
from status_tracker.deliveries.apply import Deliveries


def cents_as_floats() -> None:
    """An amount goes through a binary fraction and is cut: 19.99 becomes 19.98."""
    careful = order_input._money

    def cut(amount: Decimal, currency: str) -> Any:
        return careful(Decimal(int(float(amount) * 100)) / 100, currency)

    everywhere(careful, cut)


def tax_left_out() -> None:
    """No line has a tax."""
    everywhere(order_input._taxes, lambda *_: [])


def shipping_left_out() -> None:
    """What the buyer paid for shipping is not in the order."""
    careful = order_input.to_variables

    def without(*given: Any) -> Any:
        variables, left_out = careful(*given)
        variables["order"]["shippingLines"] = []
        return variables, left_out

    everywhere(careful, without)


def id_not_written() -> None:
    """The order does not say which TikTok order it is."""
    careful = order_input.to_variables

    def without(*given: Any) -> Any:
        variables, left_out = careful(*given)
        variables["order"]["metafields"] = []
        return variables, left_out

    everywhere(careful, without)


def fulfilment_by_sku() -> None:
    """A parcel takes all units of its SKUs, whichever of them travel in it."""

    def plant(_: Function) -> Function:
        def take(self: Any, sku: str, at_most: int) -> int:
            return at_most if sku in self._skus else 0

        return take

    method(fulfilments._Missing, "take", plant)


def fulfilment_made_again() -> None:
    """That a parcel has a fulfilment already is not looked at."""
    everywhere(fulfilments.existing, lambda *_: ())


def status_backwards() -> None:
    """A status is told although a later one is."""

    def covered(order: Any, status: str, units: set[str]) -> set[str]:
        said: set[str] = set()
        for at in order.deliveries:
            if at.event.status == status:
                said |= set(at.event.line_ids) or units
        return said

    def delivered_first(parcel: Any, snapshot: Any) -> Iterator[tuple[str, datetime]]:
        yield from reversed(list(steps(parcel, snapshot)))

    steps = deliveries._steps
    everywhere(deliveries._covered, covered)
    everywhere(steps, delivered_first)


def status_told_twice() -> None:
    """What a fulfilment says already is not read before it is said again."""

    async def unknown(*_: object) -> None:
        return None

    method(Deliveries, "_known_event", lambda _: unknown)


def status_at_our_time() -> None:
    """A status is said to have happened when TikTok last changed the order."""
    careful = deliveries._steps

    def now(parcel: Any, snapshot: Any) -> Iterator[tuple[str, datetime]]:
        for status, _ in careful(parcel, snapshot):
            yield status, snapshot.updated_at

    everywhere(careful, now)


def cancellation_forgotten() -> None:
    """What TikTok cancelled stands in Shopify as if nothing had happened."""
    everywhere(cancellations.newly_cancelled, lambda *_: ())


PLANTS = (
    cents_as_floats,
    tax_left_out,
    shipping_left_out,
    id_not_written,
    fulfilment_by_sku,
    fulfilment_made_again,
    status_backwards,
    status_told_twice,
    status_at_our_time,
    cancellation_forgotten,
)
