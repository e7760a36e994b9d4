"""A page of a search, read tolerantly."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from tiktok.errors import NoAnswer
from tiktok.exchange import Reply
from tiktok.wire.reading import read
from tiktok.wire.values import WireRecord

M = TypeVar("M", bound=WireRecord)


@dataclass(frozen=True)
class Page(Generic[M]):
    """What one call returned, in TikTok's order.

    ``next_page_token`` is None on the last page. ``sent_at`` is TikTok's clock just before the
    request was sent, as far as its answer tells. ``problems`` names entries that could not be read
    at all (``orders[3]``).
    """

    items: tuple[M, ...]
    next_page_token: str | None
    total_count: int | None
    sent_at: datetime
    request_id: str | None
    problems: tuple[str, ...] = ()


def read_page(reply: Reply, key: str, model: type[M]) -> Page[M]:
    """Read ``data.<key>[]``; an absent list is an empty one.

    Another shape is NoAnswer: it may hold what nobody has read then.
    """
    raw = reply.data.get(key)
    if raw is not None and not isinstance(raw, list):
        raise NoAnswer(key, f"data.{key} is no list", request_id=reply.request_id)
    entries: list[Any] = raw or []
    unreadable = tuple(f"{key}[{n}]" for n, e in enumerate(entries) if not isinstance(e, dict))
    token = reply.data.get("next_page_token")
    total = reply.data.get("total_count")
    return Page(
        items=tuple(read(model, entry) for entry in entries if isinstance(entry, dict)),
        next_page_token=token if isinstance(token, str) and token else None,
        total_count=total if isinstance(total, int) else None,
        sent_at=reply.asked_at,
        request_id=reply.request_id,
        problems=unreadable,
    )


def read_item(reply: Reply, model: type[M]) -> M:
    """Read ``data`` itself."""
    return read(model, reply.data)
