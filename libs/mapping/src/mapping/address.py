"""The recipient → Shopify's shipping address and customer, with what had to be left out."""

import re
from dataclasses import dataclass
from typing import Final

from mapping.countries import US, US_REGIONS, country
from mapping.provinces import province_code
from mapping.recipient import Recipient

MailingAddress = dict[str, str]
"""Admin GraphQL 2026-10: ``MailingAddressInput``; absent parts are absent keys."""

_COUNTRY_CODE_OF_PHONE: Final = re.compile(r"^\(?\+(\d+)\)?")


@dataclass(frozen=True, slots=True, repr=False)
class ShippingAddress:
    """The address as Shopify takes it, and the names of parts that had to be left out."""

    fields: MailingAddress
    left_out: tuple[str, ...] = ()


def to_address(recipient: Recipient) -> ShippingAddress | None:
    """The shipping address, or None when TikTok gave nothing to ship to.

    The last name is never empty, because Shopify silently drops an address without one; a phone
    with asterisks is left out, because Shopify refuses it.
    """
    line1 = recipient.line1 or recipient.detail or recipient.full_address
    if not line1 and not recipient.city and not recipient.postal_code:
        return None
    first_name, last_name = split_name(recipient)
    phone = to_phone(recipient.phone)
    parts = {
        "firstName": first_name,
        "lastName": last_name or "-",
        "address1": line1,
        "address2": recipient.line2,
        "city": recipient.city,
        "provinceCode": province_code(recipient.state, recipient.state_code, recipient.region)
        or "",
        "countryCode": country_code(recipient.region),
        "zip": recipient.postal_code,
        "phone": phone,
    }
    left_out = ("phone",) if recipient.phone and not phone else ()
    return ShippingAddress({key: value for key, value in parts.items() if value}, left_out)


def split_name(recipient: Recipient) -> tuple[str, str]:
    """First and last name; one word alone is the last name."""
    if recipient.last_name:
        return recipient.first_name, recipient.last_name
    first, _, last = (recipient.name or recipient.first_name).strip().rpartition(" ")
    return first.strip(), last


def to_phone(phone: str) -> str:
    """The phone as ``+<digits>``; empty when it is masked or has no digits."""
    if "*" in phone:
        return ""
    country = _COUNTRY_CODE_OF_PHONE.match(phone.strip())
    digits = re.sub(r"\D", "", phone)
    if not digits:
        return ""
    return f"+{digits}" if country else f"+1{digits.removeprefix('1')}"


def country_code(region: str) -> str:
    """Shopify's country of a TikTok region; US territories belong to the US."""
    code = country(region)
    return US if not code or code in US_REGIONS else code


def to_customer(recipient: Recipient) -> dict[str, str] | None:
    """The customer to upsert by the relay e-mail; None without one. Masked names never go in."""
    email = recipient.email.strip()
    if "@" not in email or "*" in email:
        return None
    first_name, last_name = split_name(recipient)
    names = {"firstName": first_name, "lastName": last_name}
    return {"email": email} | {
        key: value for key, value in names.items() if value and "*" not in value
    }
