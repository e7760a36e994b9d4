"""What each scalar accepts (Admin GraphQL 2026-10: scalars), and what it becomes inside.

Decimal and Money take numbers and texts and become Decimal; DateTime takes ISO 8601 and becomes an
aware UTC datetime; URL needs a scheme; ID takes texts and whole numbers.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit


class Unfit(ValueError):
    """A value that a scalar does not take; the text is Shopify's `explanation`."""


def _text(value: object) -> object:
    if isinstance(value, str):
        return value
    raise Unfit(f"Could not coerce value {value!r} to String")


def _integer(value: object) -> object:
    if type(value) is int and -(2**31) <= value < 2**31:
        return value
    raise Unfit(f"Could not coerce value {value!r} to Int")


def _float(value: object) -> object:
    if type(value) in (int, float):
        return value
    raise Unfit(f"Could not coerce value {value!r} to Float")


def _boolean(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise Unfit(f"Could not coerce value {value!r} to Boolean")


def _id(value: object) -> object:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    raise Unfit(f"Could not coerce value {value!r} to ID")


def _decimal(value: object) -> object:
    if isinstance(value, str) or type(value) in (int, float):
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise Unfit(f"invalid decimal {value!r}") from None
        if amount.is_finite():
            return amount
    raise Unfit(f"invalid decimal {value!r}")


def _date_time(value: object) -> object:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise Unfit(f"invalid DateTime {value!r}") from None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise Unfit(f"invalid DateTime {value!r}")


def _url(value: object) -> object:
    if isinstance(value, str):
        parts = urlsplit(value)
        if parts.scheme and (parts.netloc or parts.path):
            return value
    raise Unfit(f"Invalid url {value!r}, missing scheme")


def _unsigned(value: object) -> object:
    if isinstance(value, (str, int)) and str(value).isdigit():
        return str(value)
    raise Unfit(f"Could not coerce value {value!r} to UnsignedInt64")


def _anything(value: object) -> object:
    return value


PARSERS: dict[str, Callable[[object], object]] = {
    "String": _text,
    "Int": _integer,
    "Float": _float,
    "Boolean": _boolean,
    "ID": _id,
    "Decimal": _decimal,
    "Money": _decimal,
    "DateTime": _date_time,
    "URL": _url,
    "UnsignedInt64": _unsigned,
    "JSON": _anything,
}
