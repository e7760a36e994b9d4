"""Notifications of order changes as TikTok sends and signs them."""

import hashlib
import hmac
import json
from typing import Any

from tests.world.story import SHOP_ID

from tiktok.calls import App

NEW, OLD = App("key", "secret"), App("key", "secret of last month")


def body(notification_id: str = "7380066284010030890", **changes: Any) -> bytes:
    said = {
        "type": 1,
        "tts_notification_id": notification_id,
        "shop_id": SHOP_ID,
        "timestamp": 1_795_000_000,
        "data": {"order_id": "576461413038785752", "order_status": "AWAITING_SHIPMENT"},
    }
    return json.dumps(said | changes).encode()


def signed(raw: bytes, app: App = NEW) -> dict[str, str]:
    key, text = app.secret.encode(), app.key.encode() + raw
    return {"Authorization": hmac.new(key, text, hashlib.sha256).hexdigest()}
