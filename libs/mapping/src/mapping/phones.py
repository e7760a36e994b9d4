"""A phone is sent only when it surely is one: read by libphonenumber's rules, or not at all."""

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers

_WRITTEN: Final = re.compile(r"[\d\s()+\-./\u2010-\u2015]+")
_EXTENSION: Final = re.compile(
    r"[\s,;(]*(?:extension|extn?|x|#)\s*[.:=]?\s*(\d{1,7})\s*\)?\s*$", re.IGNORECASE
)
_NORTH_AMERICAN: Final = re.compile(r"[2-9]\d{2}[2-9]\d{6}")
"""Area code and exchange never begin with 0 or 1. Looked at beside the library's list of area
codes, which may be older than the newest one."""


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """``number``: as E.164 writes it. ``extension``: its digits, which E.164 has no place for."""

    number: str
    extension: str = ""


def read_phone(text: str, country: str = "US") -> Phone | None:
    """The phone, without a country code one of ``country``; None for what is not surely one.

    Masked numbers (asterisks, dots, X), words and two numbers in one text are none.
    """
    extension = _EXTENSION.search(text)
    bare = text[: extension.start()] if extension else text
    if not _WRITTEN.fullmatch(bare):
        return None
    try:
        number = phonenumbers.parse(bare, country)
    except phonenumbers.NumberParseException:
        return None
    if not _is_sure(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(written, extension.group(1) if extension else "")


def _is_sure(number: phonenumbers.PhoneNumber) -> bool:
    if phonenumbers.is_valid_number(number):
        return True
    is_american = number.country_code == 1 and not number.italian_leading_zero
    return is_american and _NORTH_AMERICAN.fullmatch(str(number.national_number)) is not None
