"""One HTTP exchange with TikTok: the answer's ``data``, or the error it means."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from httpclient.json_text import read_json
from httpclient.transport import LOST_CONNECTION, Timeouts
from tiktok.error_rules import Failure, error_for
from tiktok.errors import NoAnswer

Clock = Callable[[], datetime]
_SECOND: Final = timedelta(seconds=1)
_MOST_OFF: Final = timedelta(minutes=10)
"""TikTok refuses requests whose time is off by more than five minutes."""


@dataclass(frozen=True)
class Reply:
    """A successful answer. ``sent_at`` is our clock just before sending.

    ``asked_at``: the same by TikTok's clock, as far as the answer's date tells; never later.
    """

    data: dict[str, Any] = field(repr=False)
    sent_at: datetime
    asked_at: datetime
    request_id: str | None


async def exchange(
    http: httpx.AsyncClient,
    request: httpx.Request,
    *,
    operation: str,
    sent_at: datetime,
    timeouts: Timeouts,
) -> Reply:
    """Send the request and return its answer; TikTokError (``errors``) when it failed."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(timeouts.total_s):
            response = await http.send(request, follow_redirects=False)
    except LOST_CONNECTION as failure:
        why = f"no answer, {type(failure).__name__}"
    else:
        return _read(response, operation, sent_at, timedelta(seconds=loop.time() - began))
    raise NoAnswer(operation, why)


def _read(response: httpx.Response, operation: str, sent_at: datetime, took: timedelta) -> Reply:
    envelope = _json_object(response.content)
    code = _code(envelope)
    request_id = envelope.get("request_id")
    request_id = request_id if isinstance(request_id, str) else None
    if code == 0 and response.is_success:
        data = envelope.get("data")
        asked_at = by_their_clock(sent_at, took, response.headers.get("date"))
        return Reply(data if isinstance(data, dict) else {}, sent_at, asked_at, request_id)
    if response.is_success and code is None:
        raise NoAnswer(operation, "the answer cannot be read", http_status=response.status_code)
    raise error_for(
        Failure(
            operation=operation,
            http_status=response.status_code,
            code=code or None,
            message=str(envelope.get("message", "")),
            request_id=request_id,
            retry_after_s=_seconds(response.headers.get("retry-after")),
            clock_ahead_s=_ahead(sent_at, response.headers.get("date")),
        )
    )


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        envelope = read_json(content)
    except ValueError:
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _code(envelope: dict[str, Any]) -> int | None:
    code = envelope.get("code")
    try:
        return int(code) if isinstance(code, (int, str)) else None
    except ValueError:
        return None


def by_their_clock(sent_at: datetime, took: timedelta, date: str | None) -> datetime:
    """When a request was sent, by the clock of the answer's date (whole seconds, cut off).

    As it is when both clocks can be right, and when there is no date, or none that can be believed
    of an answer to a signed request. Else the earliest that it can have been, so that nothing that
    TikTok dates later is taken to be in the answer.
    """
    answered_at = _date(date)
    if answered_at is None or abs(sent_at - answered_at) > _MOST_OFF:
        return sent_at
    is_right = sent_at - _SECOND < answered_at <= sent_at + took
    return sent_at if is_right else answered_at - took


def _ahead(sent_at: datetime, date: str | None) -> int | None:
    """By how many seconds our clock is ahead of the answer's date; None when it has none."""
    answered_at = _date(date)
    return None if answered_at is None else round((sent_at - answered_at).total_seconds())


def _date(text: str | None) -> datetime | None:
    try:
        date = None if text is None else parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return date if date is not None and date.tzinfo is not None else None


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(float(text), 0.0)
    except ValueError:
        return None
