"""Add External Order References 202406 and Get External Order References 202406."""

from collections.abc import Mapping

from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.endpoints.orders import own_order
from simulators.tiktok.envelope import bad_parameter
from simulators.tiktok.external_refs import PLATFORMS
from simulators.tiktok.order_fields import Json, record_id, text
from simulators.tiktok.params import choice

_MOST = 100


def add(call: ShopCall) -> Work:
    """POST /order/202406/orders/external_orders: what cannot be added is told per order."""
    given = call.body.get("orders")
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST:
        raise bad_parameter(f"Invalid 'orders': a list of 1 to {_MOST}.")
    pairs = [_pair(entry) for entry in given]

    def work() -> Json:
        unknown = [(order_id, ref) for order_id, ref in pairs if not _add(call, order_id, ref)]
        return {"errors": [_error(order_id, ref) for order_id, ref in unknown]} if unknown else {}

    return work


def get(call: ShopCall) -> Work:
    """GET /order/202406/orders/{order_id}/external_orders?platform=."""
    if "platform" not in call.query:
        raise bad_parameter("Platform is a required field")
    platform = choice(call.query, "platform", PLATFORMS, "")
    order = own_order(call)
    return lambda: {"external_orders": call.world.external_refs.get(order.id, platform)}


def _pair(entry: object) -> tuple[str, Mapping[str, object]]:
    reference = entry.get("external_order") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not record_id(entry) or not isinstance(reference, dict):
        raise bad_parameter("Invalid 'orders': each needs 'id' and 'external_order'.")
    if not text(reference, "id") or text(reference, "platform") not in PLATFORMS:
        raise bad_parameter("Invalid 'orders': external_order needs 'id' and a known 'platform'.")
    return record_id(entry), reference


def _add(call: ShopCall, order_id: str, reference: Mapping[str, object]) -> bool:
    order = call.world.orders.get(order_id)
    if order is None or order.shop_id != call.shop.id:
        return False
    call.world.external_refs.put(order_id, text(reference, "platform"), reference)
    return True


def _error(order_id: str, reference: Mapping[str, object]) -> Json:
    shown = {key: text(reference, key) for key in ("id", "platform")}
    return {
        "code": "36020001",
        "message": "The order does not exist.",
        "detail": {"order_id": order_id, "external_order": shown},
    }
