"""An order as the platform keeps it: its JSON text, and what it is searched by.

The text is the memory (3 KB instead of a tree of objects) and is what a page of orders is made of.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from simulators.tiktok.envelope import to_json
from simulators.tiktok.order_fields import Json, record_id, seconds, text


class Privacy(StrEnum):
    """What of the buyer a client may see: as stored, or hidden by the rules of the masking page."""

    AS_STORED = "as_stored"
    BY_STATUS = "by_status"
    ALWAYS = "always"


@dataclass(slots=True)
class StoredOrder:
    """One order; `raw()` gives a fresh copy to change, `read` stores a changed one."""

    id: str
    shop_id: str
    status: str
    create_time: int
    update_time: int
    shipping_type: str
    buyer_user_id: str
    warehouse_id: str
    is_buyer_request_cancel: bool
    privacy: Privacy
    text: bytes
    hidden_text: bytes | None = None

    @classmethod
    def read(
        cls, raw: Mapping[str, object], shop_id: str, privacy: Privacy, at: int
    ) -> "StoredOrder":
        """From JSON. A time that is absent or unusable is found at `at`, and stays as it is."""
        created, updated = seconds(raw, "create_time"), seconds(raw, "update_time")
        return cls(
            id=record_id(raw),
            shop_id=shop_id,
            status=text(raw, "status"),
            create_time=at if created is None else created,
            update_time=at if updated is None else updated,
            shipping_type=text(raw, "shipping_type"),
            buyer_user_id=record_id(raw, "user_id"),
            warehouse_id=record_id(raw, "warehouse_id"),
            is_buyer_request_cancel=raw.get("is_buyer_request_cancel") is True,
            privacy=privacy,
            text=to_json(raw),
        )

    def raw(self) -> Json:
        """The whole order."""
        return cast("Json", json.loads(self.text))
