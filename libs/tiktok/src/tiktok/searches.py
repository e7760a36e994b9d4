"""What searches have in common: time windows, paging, and ids in paths."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SortField = Literal["create_time", "update_time"]

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Window:
    """From ``since`` (included) to ``until`` (excluded; None: now), whole seconds."""

    since: datetime
    until: datetime | None = None

    def as_body(self, name: str, *, end: str = "lt") -> dict[str, int]:
        """Return the window as ``<name>_ge`` and ``<name>_lt`` (or ``_le``, one second less)."""
        body = {f"{name}_ge": int(self.since.timestamp())}
        if self.until is not None:
            body[f"{name}_{end}"] = int(self.until.timestamp()) - (end == "le")
        return body


def windows(updated: Window | None, created: Window | None = None) -> dict[str, object]:
    """Return the body fields of the windows that are given."""
    body: dict[str, object] = {}
    if updated is not None:
        body |= updated.as_body("update_time")
    if created is not None:
        body |= created.as_body("create_time")
    return body


def paging(
    page_size: int,
    page_token: str | None,
    sort_by: SortField | None = None,
    *,
    newest_first: bool = False,
) -> dict[str, str]:
    """Return the query of one page; sorted ones come oldest first unless asked otherwise."""
    query = {"page_size": str(page_size)}
    if page_token is not None:
        query["page_token"] = page_token
    if sort_by is not None:
        query |= {"sort_field": sort_by, "sort_order": "DESC" if newest_first else "ASC"}
    return query


def is_id(text: str) -> bool:
    """Whether the text can be an id of TikTok's."""
    return _ID.fullmatch(text) is not None


def path_segment(record_id: str) -> str:
    """Return an id that may stand in a path as it is; ValueError for anything else."""
    if not is_id(record_id):
        raise ValueError("id: expected letters and digits only, as TikTok's ids are")
    return record_id
