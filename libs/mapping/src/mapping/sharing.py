"""An amount of several units, shared out over them to the cent."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

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


def evenly(amount: Decimal, units: int) -> list[Decimal]:
    """``amount`` in so many equal parts, the first ones a cent more; they add up exactly.

    What is finer than a cent is the first one's.
    """
    each = (amount / units).quantize(CENT, ROUND_FLOOR)
    cents, finer = divmod(amount - each * units, CENT)
    parts = [each + CENT if n < cents else each for n in range(units)]
    return [parts[0] + finer, *parts[1:]]
