"""What a client may see of the buyer, decided at the moment of reading.

Partner Center, data masking in the US: clear except while UNPAID, ON_HOLD, CANCELLED and from 30
days after COMPLETED; orders fulfilled by TikTok are mostly masked always. The sources disagree on
how "not available" looks, so all three ways occur: no recipient (UNPAID), empty fields (ON_HOLD),
asterisks (the others). Only generated orders are treated; posted ones are shown as stored
unless `&privacy=by_status` (or `always`) posted them.
"""

from simulators.tiktok.envelope import to_json
from simulators.tiktok.order_fields import Json, text
from simulators.tiktok.settings import DAY_S
from simulators.tiktok.stored_order import Privacy, StoredOrder

_HIDDEN_STATUSES = {"UNPAID", "ON_HOLD", "CANCELLED"}
_CLEAR_AFTER_COMPLETION_S = 30 * DAY_S
_MASKED = (
    "name",
    "first_name",
    "last_name",
    "address_detail",
    "address_line1",
    "address_line2",
    "full_address",
    "postal_code",
)
_LOCAL_LEVELS = ("L3", "L4")


def visible_text(order: StoredOrder, now: float) -> bytes:
    """The order's JSON as a client gets it."""
    if not is_hidden(order, now):
        return order.text
    if order.hidden_text is None:
        order.hidden_text = to_json(hidden(order.raw()))
    return order.hidden_text


def is_hidden(order: StoredOrder, now: float) -> bool:
    """Whether the buyer is hidden now."""
    if order.privacy is Privacy.BY_STATUS:
        old = now - order.update_time > _CLEAR_AFTER_COMPLETION_S
        return order.status in _HIDDEN_STATUSES or (order.status == "COMPLETED" and old)
    return order.privacy is Privacy.ALWAYS


def hidden(raw: Json) -> Json:
    """The order without what a client may not see."""
    address = raw.get("recipient_address")
    if not isinstance(address, dict):
        return raw
    status = text(raw, "status")
    if status == "UNPAID":
        return {key: value for key, value in raw.items() if key != "recipient_address"}
    if status == "ON_HOLD":
        return raw | {"recipient_address": _emptied(address)}
    return raw | {"recipient_address": _masked(address, status)}


def _emptied(address: Json) -> Json:
    return {key: "" if isinstance(value, str) else [] for key, value in address.items()} | {
        "region_code": address.get("region_code", "")
    }


def _masked(address: Json, status: str) -> Json:
    masked = {key: stars(text(address, key)) for key in _MASKED if key in address}
    if "phone_number" in address:
        masked["phone_number"] = _masked_phone(text(address, "phone_number"))
    shown: Json = {key: value for key, value in address.items() if key != "delivery_preferences"}
    districts = address.get("district_info")
    if isinstance(districts, list):
        shown["district_info"] = [_masked_district(district, status) for district in districts]
    return shown | masked


def _masked_district(district: object, status: str) -> object:
    clear_from_shipment = status not in {"CANCELLED", "COMPLETED"}
    if not isinstance(district, dict) or district.get("address_level") not in _LOCAL_LEVELS:
        return district
    if clear_from_shipment and district.get("address_level") == "L3":
        return district
    return district | {"address_name": stars(text(district, "address_name"))}


def stars(clear: str) -> str:
    """The first letter of each word and asterisks, as TikTok masks names and streets."""
    return " ".join(f"{word[:1]}***" for word in clear.split())


def _masked_phone(clear: str) -> str:
    return f"{clear[:8]}*****{clear[-2:]}" if len(clear) > 10 else "*" * len(clear)
