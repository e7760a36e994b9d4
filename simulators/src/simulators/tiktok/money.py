"""Money as TikTok writes it: decimal strings of no fixed scale ("0", "4.9", "45")."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ZERO = Decimal(0)
_CENT = Decimal("0.01")


def written(amount: Decimal) -> str:
    """The amount without trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, half up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def amount(value: object) -> Decimal:
    """An amount of an order as stored; what is absent or is no number counts as zero."""
    try:
        read = Decimal(str(value)) if value not in (None, "") else ZERO
    except InvalidOperation:
        return ZERO
    return read if read.is_finite() else ZERO
