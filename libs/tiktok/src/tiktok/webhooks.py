"""TikTok's notifications: is it theirs, and what does it say (Partner Center "Webhooks overview").

A notification is thin and only a wake-up: what it names is fetched. At least once, in no order.
Pure.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final

from httpclient.json_text import read_json
from tiktok.searches import is_id
from tiktok.wire.values import moment

HIGHEST_KIND: Final = 2**31 - 1
_MOST_DIGITS: Final = 15


class EventKind(IntEnum):
    """The ``type`` of the notifications that concern orders and shops."""

    ORDER_STATUS_CHANGE = 1
    REVERSE_STATUS_UPDATE = 2
    RECIPIENT_ADDRESS_UPDATE = 3
    PACKAGE_UPDATE = 4
    PRODUCT_STATUS_CHANGE = 5
    SELLER_DEAUTHORIZATION = 6
    UPCOMING_AUTHORIZATION_EXPIRATION = 7
    CANCELLATION_STATUS_CHANGE = 11
    RETURN_STATUS_CHANGE = 12
    PRODUCT_INFORMATION_CHANGE = 15
    PRODUCT_CREATION = 16


SUBSCRIBED: Final = (
    EventKind.ORDER_STATUS_CHANGE.name,
    EventKind.RECIPIENT_ADDRESS_UPDATE.name,
    EventKind.PACKAGE_UPDATE.name,
    EventKind.SELLER_DEAUTHORIZATION.name,
    EventKind.UPCOMING_AUTHORIZATION_EXPIRATION.name,
    EventKind.CANCELLATION_STATUS_CHANGE.name,
    EventKind.RETURN_STATUS_CHANGE.name,
)
"""What the fetcher acts on, by the names that a subscription takes."""


@dataclass(frozen=True)
class Notification:
    """One notification. ``notification_id`` is "" in the oldest kind; ``kind`` may be unknown.

    ``order_ids`` and ``product_ids`` are what it is about; ``expires_at`` is when the
    authorisation ends, as type 7 says.
    """

    kind: int
    notification_id: str
    shop_id: str
    sent_at: datetime | None
    order_ids: tuple[str, ...]
    product_ids: tuple[str, ...]
    expires_at: datetime | None = None


class NotificationUnreadable(ValueError):
    """The body is no notification, although its signature is right."""


def is_genuine(app_key: str, app_secret: str, raw_body: bytes, authorization: str | None) -> bool:
    """Say whether TikTok signed exactly these bytes (header ``Authorization``). Constant time."""
    signed = app_key.encode() + raw_body
    expected = hmac.new(app_secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), (authorization or "").encode())


def read_notification(raw_body: bytes) -> Notification:
    """Return what a genuine body says; NotificationUnreadable says what is missing."""
    body = _json_object(raw_body)
    data = body.get("data")
    details: dict[str, Any] = data if isinstance(data, dict) else {}
    kind, shop_id = body.get("type"), body.get("shop_id")
    if type(kind) is not int or not 0 <= kind <= HIGHEST_KIND:
        raise NotificationUnreadable(
            f"notification: expected type, a number up to {HIGHEST_KIND:,}"
        )
    if not _is_id(shop_id):
        raise NotificationUnreadable(
            "notification: expected shop_id, 64 letters and digits at most"
        )
    return Notification(
        kind=kind,
        notification_id=str(body.get("tts_notification_id") or ""),
        shop_id=str(shop_id),
        sent_at=_moment(body.get("timestamp")),
        order_ids=_order_ids(details),
        product_ids=_ids([details.get("product_id")]),
        expires_at=_moment(_whole(details.get("expiration_time"))),
    )


def _json_object(raw_body: bytes) -> dict[str, Any]:
    try:
        body = read_json(raw_body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise NotificationUnreadable("notification: expected a JSON object")
    return body


def _order_ids(data: dict[str, Any]) -> tuple[str, ...]:
    """Return ``order_id`` and those of every ``package_list[].order_id_list[]``, each once."""
    packages = data.get("package_list")
    listed = [
        order_id
        for package in (packages if isinstance(packages, list) else [])
        if isinstance(package, dict) and isinstance(package.get("order_id_list"), list)
        for order_id in package["order_id_list"]
    ]
    return _ids([data.get("order_id"), *listed])


def _ids(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values if _is_id(value)))


def _whole(value: object) -> object:
    """Type 7 sends its unix seconds as text."""
    is_whole = isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS
    return int(str(value)) if is_whole else value


def _is_id(value: object) -> bool:
    return (isinstance(value, str) or type(value) is int) and is_id(str(value))


def _moment(value: object) -> datetime | None:
    try:
        return moment(value) if isinstance(value, int) else None
    except (OverflowError, ValueError, OSError):
        return None
