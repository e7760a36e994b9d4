"""The filter in the page's address: readable, shareable, and never an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from console.rows import Cursor, OrderFilter
from console.typed import is_text
from lifecycle.status import Status

ALL: Final = "all"
_MAX_TEXT: Final = 64
_CODE: Final = re.compile("[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class ListAddress:
    """Which orders the list shows, and from where on."""

    wanted: OrderFilter
    after: Cursor | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "ListAddress":
        """From the address; what makes no sense is left out."""
        query = {name: value for name, value in query.items() if is_text(value)}
        reason = query.get("reason", "")
        return cls(
            OrderFilter(
                status=_BY_VIEW.get(query.get("view", ALL)),
                shop_id=query.get("shop") or None,
                reason_code=reason if _CODE.fullmatch(reason) else None,
                text=query.get("q", "").strip()[:_MAX_TEXT],
                gifts=query.get("gift") == "1",
                samples=query.get("sample") == "1",
            ),
            _cursor(query.get("after", "")),
        )

    def __str__(self) -> str:
        """The address's query, without what is not set."""
        wanted = self.wanted
        parts = {
            "view": view_name(wanted.status) if wanted.status else "",
            "shop": wanted.shop_id or "",
            "reason": wanted.reason_code or "",
            "q": wanted.text,
            "gift": "1" if wanted.gifts else "",
            "sample": "1" if wanted.samples else "",
            "after": str(self.after) if self.after else "",
        }
        return urlencode({name: value for name, value in parts.items() if value})

    def view(self, status: Status | None) -> "ListAddress":
        """The same filter in another view, from its beginning; a reason belongs to one view."""
        return ListAddress(replace(self.wanted, status=status, reason_code=None))

    def page_after(self, cursor: Cursor | None) -> "ListAddress":
        """The same list from another place on."""
        return replace(self, after=cursor)

    @property
    def view_name(self) -> str:
        """The open view's name in addresses."""
        return view_name(self.wanted.status) if self.wanted.status else ALL

    @property
    def is_narrowed(self) -> bool:
        """Whether more than view and shop narrow it."""
        wanted = self.wanted
        return any((wanted.reason_code, wanted.text, wanted.gifts, wanted.samples))


def view_name(status: Status) -> str:
    """The view's name in addresses: ``sync-failed``."""
    return status.value.lower().replace(" ", "-")


_BY_VIEW: Final = {view_name(status): status for status in Status}


def _cursor(text: str) -> Cursor | None:
    try:
        return Cursor.parse(text) if text else None
    except ValueError:
        return None
