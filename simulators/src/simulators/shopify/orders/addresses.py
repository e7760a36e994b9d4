"""Addresses: what is refused, and how a stored one reads (Admin GraphQL 2026-10: MailingAddress).

A phone with anything but digits and punctuation is refused ("Phone is invalid"), so are masked
ones; a US state must be one; an address without a last name is dropped without a word.
"""

import re
from collections.abc import Iterator, Sequence

from simulators.shopify.orders.places import COUNTRIES, US_STATES
from simulators.shopify.store.records import Ids, Record, user_error

_PHONE = re.compile(r"\+?[\d\s().\-/]{5,30}")
_EMAIL = re.compile(r"[^\s@*]+@[^\s@*]+\.[^\s@*.]+")
BAD_STATE = "State is not a valid state in United States"
BAD_PHONE = "Phone is invalid"


def phone_is_valid(phone: str) -> bool:
    """Whether a phone number could be one."""
    return bool(_PHONE.fullmatch(phone.strip())) and sum(map(str.isdigit, phone)) >= 5


def email_is_valid(email: str) -> bool:
    """Whether an e-mail address could be one; masked ones could not."""
    return bool(_EMAIL.fullmatch(email.strip()))


def has_last_name(address: Record) -> bool:
    """An address without one is dropped on creation."""
    return bool((address.get("lastName") or "").strip())


def check_address(
    address: Record | None, path: Sequence[str], code: str | None
) -> Iterator[Record]:
    """The user errors of an address."""
    if address is None:
        return
    phone = address.get("phone")
    if phone and not phone_is_valid(phone):
        yield user_error([*path, "phone"], BAD_PHONE, code)
    state = address.get("provinceCode")
    if state and address.get("countryCode") == "US" and state.upper() not in US_STATES:
        yield user_error([*path, "provinceCode"], BAD_STATE, code)


def stored_address(ids: Ids, given: Record) -> Record:
    """A MailingAddress from a MailingAddressInput."""
    country, state = given.get("countryCode"), given.get("provinceCode")
    state = state.upper() if state else None
    names = (given.get("firstName"), given.get("lastName"))
    return {
        "id": f"{ids.new('MailingAddress')}?model_name=Address",
        "firstName": names[0],
        "lastName": names[1],
        "name": " ".join(name for name in names if name) or None,
        "company": given.get("company"),
        "address1": given.get("address1"),
        "address2": given.get("address2"),
        "city": given.get("city"),
        "zip": given.get("zip"),
        "phone": given.get("phone"),
        "provinceCode": state,
        "province": US_STATES.get(state or "") if country == "US" else given.get("province"),
        "countryCodeV2": country,
        "country": COUNTRIES.get(country or "", given.get("country") or country),
    }
