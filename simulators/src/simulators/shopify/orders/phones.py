"""Phone numbers: which are refused, and how a customer's is kept (2025-01: Customer.phone).

Letters, asterisks and a number of another length than its country's plan are refused. A number
without a country code is read as one of the store's country, the United States: ten digits, or
eleven that begin with 1. Other countries' plans are not known here: 8 to 15 digits, as E.164 has.
"""

import re

BAD_PHONE = "Phone is invalid"

_WRITTEN = re.compile(r"\(?\+?[\d\s().\-/]+")
_AMERICAN = 10
_E164 = range(8, 16)


def read_phone(text: str) -> str | None:
    """The number as E.164 writes it; None for what is none."""
    written = text.strip()
    if not _WRITTEN.fullmatch(written):
        return None
    digits = "".join(char for char in written if char.isdigit())
    if "+" not in written and len(digits) == _AMERICAN:
        digits = f"1{digits}"
    american = digits.startswith("1")
    fits = len(digits) == _AMERICAN + 1 if american else "+" in written and len(digits) in _E164
    return f"+{digits}" if fits else None


def phone_is_valid(phone: str) -> bool:
    """Whether a phone number could be one."""
    return read_phone(phone) is not None
