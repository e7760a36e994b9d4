"""HTTP level → answer.

| what came back | answer |
|---|---|
| no byte of the body was written (DNS, refused, connect or pool time-out) | ``Unreachable`` |
| the bytes were written, then: read time-out | ``Unclear(READ_TIMEOUT)`` |
| … the whole call's time was up | ``Unclear(DEADLINE)`` |
| … reset, closed, answer cut short, not HTTP | ``Unclear(CONNECTION_LOST)`` |
| 200 | ``graphql_rules`` |
| 200 whose body is HTML, cut short, not a JSON object | ``Unclear(UNREADABLE)`` |
| 3xx | ``Unauthorized(STORE_MOVED)``: never followed |
| 401, 402, 404, 423, 430 | ``Unauthorized(TOKEN, FROZEN, STORE_UNKNOWN, LOCKED, SECURITY)`` |
| 403 | ``Unauthorized(SCOPE)`` where the body names a scope, else ``Unauthorized(FORBIDDEN)`` |
| 429 | ``Throttled`` by Retry-After; by the minute for "Exceeded order API rate limit" |
| 408 | ``Unclear(SERVER_ERROR)`` |
| other 4xx | ``Invalid(http_<status>)`` |
| 5xx, other 2xx, anything else | ``Unclear(SERVER_ERROR)`` |

Sources: shopify.dev "Status and error codes", "API limits"; the 429 text as quoted by several
client libraries. A status below 500 other than 408 is a decision not to execute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from httpclient.json_text import read_json
from shopify.answers import (
    Answer,
    CallFacts,
    DoubtReason,
    Invalid,
    Throttled,
    Unauthorized,
    Unclear,
    Unreachable,
)
from shopify.cost import WAIT_WITHOUT_COST_S, read_cost
from shopify.denials import BY_STATUS, DenialKind, read_denial
from shopify.documents import Document
from shopify.graphql_rules import classify_body

ORDER_LIMIT_WAIT_S = 60.0


@dataclass(frozen=True)
class Reply:
    """One HTTP answer as it arrived. ``sent_at``: when the request's body was written."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_at: datetime


def classify(document: Document, version: str, reply: Reply) -> Answer:
    """Return the answer that ``reply`` means. Pure; the table above is the rule."""
    body = _json_object(reply.body)
    call = _facts(version, reply, body)
    if reply.status == 200:
        if body is None:
            return Unclear(DoubtReason.UNREADABLE, call=call)
        return classify_body(document, body, call)
    denial = _denial(reply.status, body)
    if denial is not None:
        return Unauthorized(*denial, call=call)
    if reply.status == 429:
        return Throttled(_retry_after(reply), call=call)
    if reply.status // 100 == 4 and reply.status != 408:
        return Invalid(f"http_{reply.status}", call=call)
    return Unclear(DoubtReason.SERVER_ERROR, f"http_{reply.status}", call=call)


def classify_failure(failure: Exception, began_at: datetime, written_at: datetime | None) -> Answer:
    """Return what a call that ended without an HTTP answer means."""
    name = type(failure).__name__
    if written_at is None:
        return Unreachable(name, call=CallFacts(sent_at=began_at))
    call = CallFacts(sent_at=written_at)
    if isinstance(failure, httpx.ReadTimeout):
        return Unclear(DoubtReason.READ_TIMEOUT, name, call=call)
    if isinstance(failure, TimeoutError):
        return Unclear(DoubtReason.DEADLINE, name, call=call)
    return Unclear(DoubtReason.CONNECTION_LOST, name, call=call)


def _denial(
    status: int, body: Mapping[str, Any] | None
) -> tuple[DenialKind, tuple[str, ...]] | None:
    """Why a status turns us away, and which scopes were missing; None: it does not."""
    if status == 403:
        return read_denial(_said(body))
    kind = DenialKind.STORE_MOVED if status // 100 == 3 else BY_STATUS.get(status)
    return None if kind is None else (kind, ())


def _said(body: Mapping[str, Any] | None) -> str:
    """What a refusal says: a text, or the messages of its errors."""
    return "" if body is None else str(body.get("errors", ""))


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = read_json(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _facts(version: str, reply: Reply, body: dict[str, Any] | None) -> CallFacts:
    warnings = []
    served = reply.headers.get("x-shopify-api-version")
    if served is not None and served != version:
        warnings.append(f"api_version_served:{served}")
    if "x-shopify-api-deprecated-reason" in reply.headers:
        warnings.append("deprecated")
    return CallFacts(
        sent_at=reply.sent_at,
        status=reply.status,
        request_id=reply.headers.get("x-request-id"),
        cost=None if body is None else read_cost(body),
        warnings=tuple(warnings),
    )


def _retry_after(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "").strip()
    if text:
        return _seconds(text, reply.sent_at)
    limited_orders = b"order API rate limit" in reply.body
    return ORDER_LIMIT_WAIT_S if limited_orders else WAIT_WITHOUT_COST_S


def _seconds(text: str, now: datetime) -> float:
    """Read Retry-After: seconds, also "2.0", or an HTTP date."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return WAIT_WITHOUT_COST_S
