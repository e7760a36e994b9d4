"""The recipient → Shopify's shipping address and customer, with what had to be left out."""

from dataclasses import dataclass

from mapping.countries import US, US_REGIONS, country
from mapping.full_address import with_places
from mapping.masks import is_masked
from mapping.phones import read_phone
from mapping.provinces import military_code, province_code
from mapping.recipient import Recipient

MailingAddress = dict[str, str]
"""Admin GraphQL 2026-10: ``MailingAddressInput``; absent parts are absent keys."""


@dataclass(frozen=True, slots=True, repr=False)
class ShippingAddress:
    """The address as Shopify takes it, and the names of parts that had to be left out."""

    fields: MailingAddress
    left_out: tuple[str, ...] = ()


def to_address(recipient: Recipient) -> ShippingAddress | None:
    """The shipping address, or None when TikTok gave nothing to ship to.

    The last name is never empty, because Shopify silently drops an address without one; a phone is
    left out unless it surely is one, because Shopify refuses others. A US address without town,
    state or ZIP says so, whether TikTok sent none or one that cannot be read.
    """
    known = with_places(recipient)
    line1 = known.line1 or known.detail or known.full_address
    if not line1 and not known.city and not known.postal_code:
        return None
    code = country_code(known.region)
    phone = read_phone(known.phone, code)
    first_name, last_name = split_name(known)
    parts = {
        "firstName": first_name,
        "lastName": last_name or "-",
        "address1": line1,
        "address2": known.line2,
        "city": known.city,
        "provinceCode": _province(known),
        "countryCode": code,
        "zip": known.postal_code,
        "phone": phone.number if phone else "",
    }
    fields = {key: value for key, value in parts.items() if value}
    unread = [_NEEDED[key] for key in _NEEDED if key not in fields and code == US]
    if known.phone and not phone:
        unread.append("phone")
    if phone and phone.extension:
        unread.append("phone extension")
    return ShippingAddress(fields, tuple(sorted(unread)))


_NEEDED = {"address1": "address1", "city": "city", "provinceCode": "province", "zip": "zip"}
"""What every address in the US has, and what it is called when it is missing."""


def _province(known: Recipient) -> str:
    named = province_code(known.state, known.state_code, known.region)
    return named or military_code(known.state, known.city, known.postal_code) or ""


def split_name(recipient: Recipient) -> tuple[str, str]:
    """First and last name; one word alone is the last name."""
    if recipient.last_name:
        return recipient.first_name, recipient.last_name
    first, _, last = (recipient.name or recipient.first_name).strip().rpartition(" ")
    return first.strip(), last


def country_code(region: str) -> str:
    """Shopify's country of a TikTok region; US territories belong to the US."""
    code = country(region)
    return US if not code or code in US_REGIONS else code


def to_customer(recipient: Recipient) -> dict[str, str] | None:
    """The customer to upsert by the relay e-mail; None without one. Masked names never go in."""
    email = recipient.email.strip()
    if "@" not in email or is_masked(email):
        return None
    first_name, last_name = split_name(recipient)
    names = {"firstName": first_name, "lastName": last_name}
    return {"email": email} | {
        key: value for key, value in names.items() if value and not is_masked(value)
    }
