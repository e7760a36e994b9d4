"""The scalar values: money as text, unix seconds, and how both are read."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?")
_END_OF_TIME = 253_402_300_799


class IsMoney:
    """Marks a field whose text has to be a number."""


Money = Annotated[str, IsMoney()]
Seconds = Annotated[int, Field(ge=0, le=_END_OF_TIME)]


class WireObject(BaseModel):
    """A JSON object as TikTok sends it. ``UNREAD``: fields that we know and leave out.

    ``SORTED_BY``: where the order of such objects in a list says nothing, the fields that they are
    put in order by, so that the same list in another order is the same.
    """

    UNREAD: ClassVar[frozenset[str]] = frozenset()
    SORTED_BY: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        coerce_numbers_to_str=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )


class WireRecord(WireObject):
    """An object read by itself, with what was wrong about its raw form: paths, never values."""

    problems: tuple[str, ...] = ()
    unknown_fields: tuple[str, ...] = ()


def is_number(text: str) -> bool:
    """Say whether money can be read: digits, perhaps a sign and decimals."""
    return _NUMBER.fullmatch(text.strip()) is not None


def amount(text: str | None) -> Decimal | None:
    """Return money as Decimal; None when it is absent or, as ``problems`` says, no number."""
    return Decimal(text.strip()) if text is not None and is_number(text) else None


def moment(seconds: int | None) -> datetime | None:
    """Return unix seconds as a UTC time; None when absent (0 is what TikTok sends for unset)."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
