"""An amount of several units, shared out over them to the cent."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

from ordersync_contracts.events import OrderLine
from ordersync_contracts.money import CENT, ZERO


def shares(amount: Decimal, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, Decimal]]:
    """Each line with its part of ``amount``: in proportion to what the buyer paid.

    Rounded down, then a cent more for the largest remainders, of equal ones by the lines' ids; the
    lines cost something together.
    """
    goods = sum((line.sale_price for line in lines), ZERO)
    exact = [amount * line.sale_price / goods for line in lines]
    parts = [part.quantize(CENT, ROUND_DOWN) for part in exact]
    left = int((amount - sum(parts, ZERO)) / CENT)
    by_remainder = sorted(range(len(lines)), key=lambda n: (parts[n] - exact[n], lines[n].line_id))
    for n in by_remainder[:left]:
        parts[n] += CENT
    return list(zip(lines, parts, strict=True))


def in_place(
    lines: Iterable[OrderLine], changed: Sequence[tuple[OrderLine, OrderLine]]
) -> tuple[OrderLine, ...]:
    """The lines with these changed: before and after, in the lines' order.

    By their places, never by their ids: a unit may have none.
    """
    left = list(reversed(changed))
    return tuple(left.pop()[1] if left and left[-1][0] == line else line for line in lines)


def evenly(amount: Decimal, units: int) -> list[Decimal]:
    """``amount`` in so many equal parts, the first ones a cent more; they add up exactly.

    What is finer than a cent is the first one's.
    """
    each = (amount / units).quantize(CENT, ROUND_FLOOR)
    cents, finer = divmod(amount - each * units, CENT)
    parts = [each + CENT if n < cents else each for n in range(units)]
    return [parts[0] + finer, *parts[1:]]
