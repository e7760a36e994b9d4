"""Amounts of money are exact decimals; an event names their currency once."""

from decimal import Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
