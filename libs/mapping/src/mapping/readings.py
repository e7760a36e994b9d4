"""The ways to read an order's payment: what its total counts. Pure.

TikTok's total may or may not have shrunk by what was cancelled, may or may not be less the payment
platform's discount, may leave out a fee that is listed (Partner Center's Order price guide counts
only the retail delivery fee), and its tax may be named only for the whole order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mapping.payment_discount import with_payment_discount
from mapping.shipping import with_untold_fee
from mapping.untold_tax import with_untold_tax
from ordersync_contracts.events import OrderFetched, OrderLine
from ordersync_contracts.money import ZERO

TotalIdentity = Literal["total", "total_less_cancelled"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The order as its total would have it, and which lines that total counts."""

    order: OrderFetched
    identity: TotalIdentity


def readings(order: OrderFetched) -> Iterator[Reading]:
    """Each way to read the payment, the likeliest first: as it is told, with every fee."""
    told = [Reading(order, identity) for identity in _identities(order)]
    completed = [_completed(reading) for reading in told]
    whole = [*told, *(reading for reading in completed if reading is not None)]
    discounted = [less for reading in whole for less in _with_and_without_discount(reading)]
    yield from discounted
    for left_out in _fees_to_leave_out(order):
        yield from (_without(reading, left_out) for reading in discounted)


def counted(order: OrderFetched, identity: TotalIdentity) -> tuple[OrderLine, ...]:
    """The lines that the total counts under this identity."""
    if identity == "total_less_cancelled":
        return order.lines
    return tuple(line for line in order.lines if not line.is_cancelled)


def _identities(order: OrderFetched) -> tuple[TotalIdentity, ...]:
    is_whole = not any(line.is_cancelled for line in order.lines)
    return ("total",) if is_whole else ("total", "total_less_cancelled")


def _completed(reading: Reading) -> Reading | None:
    """With a tax that only ``payment``, a fee that only its lines name; None: neither."""
    order, lines = reading.order, counted(reading.order, reading.identity)
    with_fee = with_untold_fee(order, lines)
    whole = with_untold_tax(with_fee or order, lines) or with_fee
    return Reading(whole, reading.identity) if whole is not None else None


def _with_and_without_discount(reading: Reading) -> Iterator[Reading]:
    lines = counted(reading.order, reading.identity)
    less = with_payment_discount(reading.order, lines)
    if less is not None:
        yield Reading(less, reading.identity)
    yield reading


def _fees_to_leave_out(order: OrderFetched) -> list[frozenset[str]]:
    """Which listed fees the total may not hold: one of them, or all."""
    names = [fee.name for fee in order.payment.fees if fee.amount > ZERO]
    single = [frozenset({name}) for name in names]
    return [*single, frozenset(names)] if len(names) > 1 else single


def _without(reading: Reading, names: frozenset[str]) -> Reading:
    payment = reading.order.payment
    fees = tuple(fee for fee in payment.fees if fee.name not in names)
    less = payment.model_copy(update={"fees": fees})
    return Reading(reading.order.model_copy(update={"payment": less}), reading.identity)
