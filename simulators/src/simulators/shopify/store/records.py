"""Stored things are dicts under the Admin API's own names, so that reading one is looking it up."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

Record = dict[str, Any]

_FIRST_NUMBER = 6_824_239_000_001


class Ids:
    """Makes global ids: `gid://shopify/Order/6824239000001`. Every number is used once."""

    def __init__(self) -> None:
        self._numbers = count(_FIRST_NUMBER)

    def new(self, type_name: str) -> str:
        """The next id, for a thing of this type."""
        return f"gid://shopify/{type_name}/{next(self._numbers)}"


def number_of(gid: str) -> str:
    """The number at the end of a global id, as text (Admin GraphQL 2026-10: legacyResourceId)."""
    return gid.rpartition("/")[2].partition("?")[0]


def type_of(record: Record) -> str:
    """The API type of a stored thing that has an id."""
    return str(record["id"]).split("/")[3]


def stamp(moment: datetime) -> str:
    """A time as the Admin API writes it: UTC, whole seconds, `Z`."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    """The same for a time that may be absent."""
    return None if moment is None else stamp(moment)


def connection(nodes: Iterable[Record]) -> Record:
    """How a list is kept that the API pages through: `{"nodes": [...]}`."""
    return {"nodes": list(nodes)}


def user_error(field: Iterable[str | int] | None, message: str, code: str | None = None) -> Record:
    """One entry of `userErrors`; types without a code leave it out by not selecting it."""
    path = None if field is None else [str(part) for part in field]
    return {"field": path, "message": message, "code": code}
