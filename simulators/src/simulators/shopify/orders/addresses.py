"""Addresses: what is refused, and how a stored one reads (Admin GraphQL 2026-10: MailingAddress).

Every field has its length and may hold no markup, address of a page or emoji; a phone must be one,
so masked ones are refused; a US state must be one, and is called `province` in the error, whatever
the input called it; an address without a last name is dropped without a word.
"""

import re
from collections.abc import Iterator, Sequence

from simulators.shopify.orders.phones import BAD_PHONE, phone_is_valid
from simulators.shopify.orders.places import COUNTRIES, US_STATES
from simulators.shopify.orders.texts import unfit_in_address
from simulators.shopify.store.records import Ids, Record, user_error

_EMAIL = re.compile(r"[^\s@*]+@[^\s@*]+\.[^\s@*.]+")
BAD_STATE = "State is not a valid state in United States"
_FIELDS = (
    ("firstName", "First name"),
    ("lastName", "Last name"),
    ("company", "Company"),
    ("address1", "Address1"),
    ("address2", "Address2"),
    ("city", "City"),
    ("zip", "Zip"),
    ("phone", "Phone"),
)


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
    for field, name in _FIELDS:
        for message in unfit_in_address(name, address.get(field)):
            yield user_error([*path, field], message, code)
    phone = address.get("phone")
    if phone and not phone_is_valid(phone):
        yield user_error([*path, "phone"], BAD_PHONE, code)
    state = address.get("provinceCode")
    if state and address.get("countryCode") == "US" and state.upper() not in US_STATES:
        yield user_error([*path, "province"], BAD_STATE, code)


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
