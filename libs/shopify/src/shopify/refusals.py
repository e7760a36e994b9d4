"""Shopify's user errors as stable kinds of our own.

A user error's message may echo a name, a phone or an address, and its wording changes between
versions. So the message is looked at here once and forgotten: what remains is Shopify's code, the
field path, a ``RefusalKind`` and the parts of a buyer's data that it may be about. The path decides
first what it is about: a buyer's data or not. Then, for the kind: the code, where it says enough;
the message, by a part of its wording; the field path; else ``OTHER``.

Sources: Admin GraphQL 2026-10 enums OrderCreateUserErrorCode, MetafieldsSetUserErrorCode,
MetafieldDefinitionCreateUserErrorCode, OrderCancelUserErrorCode; wording as recorded on dev stores.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shopify.buyers_parts import Part, parts_of


class RefusalKind(StrEnum):
    """What Shopify refused, independent of its wording."""

    TOO_MANY_ATTEMPTS = "too_many_attempts"
    PHONE_TAKEN = "phone_taken"
    PHONE_INVALID = "phone_invalid"
    EMAIL_TAKEN = "email_taken"
    EMAIL_INVALID = "email_invalid"
    ADDRESS_INVALID = "address_invalid"
    VARIANT_MISSING = "variant_missing"
    LINES_EMPTY = "lines_empty"
    TAX_LINES_TWICE = "tax_lines_twice"
    TAX_RATE_MISSING = "tax_rate_missing"
    CURRENCY_MISMATCH = "currency_mismatch"
    PROCESSED_AT_INVALID = "processed_at_invalid"
    CUSTOMER_TWICE = "customer_twice"
    INVENTORY_CLAIM_FAILED = "inventory_claim_failed"
    SHOP_DORMANT = "shop_dormant"
    ID_TAKEN = "id_taken"
    DEFINITION_EXISTS = "definition_exists"
    FULFILLMENT_ORDER_CLOSED = "fulfillment_order_closed"
    FULFILLMENT_ORDERS_MIXED = "fulfillment_orders_mixed"
    QUANTITY_INVALID = "quantity_invalid"
    OUTSTANDING_FULFILLMENTS = "outstanding_fulfillments"
    ALREADY_CANCELLED = "already_cancelled"
    REFUND_NOT_ALLOWED = "refund_not_allowed"
    NOTHING_TO_CHANGE = "nothing_to_change"
    TEXT_TOO_LONG = "text_too_long"
    NOT_FOUND = "not_found"
    OTHER = "other"


@dataclass(frozen=True)
class UserError:
    """One refusal: Shopify's code (if any), the path inside our input, and our kind.

    ``parts``: of a buyer's data, the smallest first; () when it is about something else.
    """

    code: str | None
    field: tuple[str, ...]
    kind: RefusalKind
    parts: tuple[Part, ...] = ()


_BY_CODE = {
    "INVENTORY_CLAIM_FAILED": RefusalKind.INVENTORY_CLAIM_FAILED,
    "SHOP_DORMANT": RefusalKind.SHOP_DORMANT,
    "PROCESSED_AT_INVALID": RefusalKind.PROCESSED_AT_INVALID,
    "REDUNDANT_CUSTOMER_FIELDS": RefusalKind.CUSTOMER_TWICE,
    "TAX_LINE_RATE_MISSING": RefusalKind.TAX_RATE_MISSING,
    "NO_REFUND_PERMISSION": RefusalKind.REFUND_NOT_ALLOWED,
    "NO_REFUND_TO_STORE_CREDIT_PERMISSION": RefusalKind.REFUND_NOT_ALLOWED,
    "NOT_FOUND": RefusalKind.NOT_FOUND,
    "CAPABILITY_VIOLATION": RefusalKind.ID_TAKEN,
}

_BY_WORDING = (
    ("too many attempts", RefusalKind.TOO_MANY_ATTEMPTS),
    ("phone has already been taken", RefusalKind.PHONE_TAKEN),
    ("phone is invalid", RefusalKind.PHONE_INVALID),
    ("email has already been taken", RefusalKind.EMAIL_TAKEN),
    ("email is invalid", RefusalKind.EMAIL_INVALID),
    ("email contains an invalid", RefusalKind.EMAIL_INVALID),
    ("unable to reserve inventory", RefusalKind.INVENTORY_CLAIM_FAILED),
    ("enter a last name", RefusalKind.ADDRESS_INVALID),
    ("enter a zip code", RefusalKind.ADDRESS_INVALID),
    ("enter a city", RefusalKind.ADDRESS_INVALID),
    ("enter an address", RefusalKind.ADDRESS_INVALID),
    ("is not a valid state", RefusalKind.ADDRESS_INVALID),
    ("at least one line item", RefusalKind.LINES_EMPTY),
    ("line items name can't be blank", RefusalKind.VARIANT_MISSING),
    ("line items title can't be blank", RefusalKind.VARIANT_MISSING),
    ("order line items is invalid", RefusalKind.VARIANT_MISSING),
    ("either order or line item but not both", RefusalKind.TAX_LINES_TWICE),
    ("currency must be provided", RefusalKind.CURRENCY_MISMATCH),
    ("unfulfillable status", RefusalKind.FULFILLMENT_ORDER_CLOSED),
    ("must belong to the same order", RefusalKind.FULFILLMENT_ORDERS_MIXED),
    ("must be assigned to a single location", RefusalKind.FULFILLMENT_ORDERS_MIXED),
    ("line item quantity requested", RefusalKind.QUANTITY_INVALID),
    ("quantity must be greater than 0", RefusalKind.QUANTITY_INVALID),
    ("outstanding fulfillments", RefusalKind.OUTSTANDING_FULFILLMENTS),
    ("already been canceled", RefusalKind.ALREADY_CANCELLED),
    ("no valid update parameters", RefusalKind.NOTHING_TO_CHANGE),
    ("is too long", RefusalKind.TEXT_TOO_LONG),
    ("does not exist", RefusalKind.NOT_FOUND),
    ("not found", RefusalKind.NOT_FOUND),
)

_TAKEN = ("taken", "in use", "must be unique", "already exists")
_PATH_PART = re.compile(r"[A-Za-z0-9_$.-]{1,40}")


def read_user_error(error: dict[str, Any]) -> UserError:
    """Return one entry of ``userErrors`` without its message. Never raises, whatever is in it."""
    code = error.get("code")
    path = error.get("field")
    parts = tuple(_path_part(part) for part in path) if isinstance(path, list) else ()
    code = code if isinstance(code, str) and _PATH_PART.fullmatch(code) else None
    message = str(error.get("message", "")).casefold()
    return UserError(code, parts, _kind(code, parts, message), parts_of(parts, message))


def _path_part(part: object) -> str:
    text = str(part)
    return text if _PATH_PART.fullmatch(text) else "?"


def _kind(code: str | None, path: tuple[str, ...], message: str) -> RefusalKind:
    if code == "TAKEN" or any(word in message for word in _TAKEN):
        taken = _what_is_taken(path)
        if taken is not None:
            return taken
    if code in _BY_CODE:
        return _BY_CODE[code]
    for wording, kind in _BY_WORDING:
        if wording in message:
            return kind
    return _by_path(path)


def _what_is_taken(path: tuple[str, ...]) -> RefusalKind | None:
    """Return what a "taken" is about by its path; None lets the wording say it (phone, e-mail)."""
    if "definition" in path:
        return RefusalKind.DEFINITION_EXISTS
    return RefusalKind.ID_TAKEN if "metafields" in path else None


def _by_path(path: tuple[str, ...]) -> RefusalKind:
    if path and path[-1] == "phone":
        return RefusalKind.PHONE_INVALID
    if path and path[-1] == "email":
        return RefusalKind.EMAIL_INVALID
    if path and path[-1] == "variantId":
        return RefusalKind.VARIANT_MISSING
    if "shippingAddress" in path or "billingAddress" in path:
        return RefusalKind.ADDRESS_INVALID
    return RefusalKind.OTHER
