"""An amount of the whole order, shared out over its units to the cent."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from ordersync_contracts.events import OrderLine
from ordersync_contracts.money import CENT, ZERO


def shares(amount: Decimal, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, Decimal]]:
    """Each line, by its id, with its part of ``amount``: in proportion to what the buyer paid.

    Rounded down, then a cent more for the largest remainders; the lines cost something together.
    """
    units = sorted(lines, key=lambda line: line.line_id)
    goods = sum((line.sale_price for line in units), ZERO)
    exact = [amount * line.sale_price / goods for line in units]
    parts = [part.quantize(CENT, ROUND_DOWN) for part in exact]
    left = int((amount - sum(parts, ZERO)) / CENT)
    by_remainder = sorted(range(len(units)), key=lambda n: parts[n] - exact[n])
    for n in by_remainder[:left]:
        parts[n] += CENT
    return list(zip(units, parts, strict=True))
