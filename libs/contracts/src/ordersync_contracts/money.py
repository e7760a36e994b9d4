"""Amounts of money: exact decimals with a currency."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

ZERO = Decimal(0)
CENT = Decimal("0.01")


class Money(BaseModel):
    """An exact amount in one currency (ISO 4217 code, upper case)."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal
    currency: str
