"""Get Order List 202309, Get Order Detail 202309 and 202507."""

from collections.abc import Callable, Iterable

from simulators.tiktok import page_token, params
from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.endpoints.search_params import PageRules, read_search
from simulators.tiktok.envelope import bad_parameter, to_json
from simulators.tiktok.order_fields import STATUSES
from simulators.tiktok.privacy import visible_text
from simulators.tiktok.stored_order import StoredOrder

_MOST_IDS = 50
_RULES = PageRules(most=100)


def search(call: ShopCall) -> Work:
    """POST /order/202309/orders/search."""
    status = params.word(call.body, "order_status", STATUSES)
    search, sorting = read_search(call, _RULES, _filter(call), status)

    def work() -> bytes:
        page = call.world.orders.search(call.shop.id, search)
        token = page_token.write(sorting, page.next_key)
        tail = to_json({"next_page_token": token, "total_count": page.total})
        return b'{"orders":' + _texts(page.records, call.world.now()) + b"," + tail[1:]

    return work


def detail(call: ShopCall) -> Work:
    """GET /order/{202309,202507}/orders: unknown and foreign ids are left out."""
    ids = [order_id for order_id in call.query.get("ids", "").split(",") if order_id]
    if not ids:
        raise bad_parameter("Ids is a required field")
    if len(ids) > _MOST_IDS:
        raise bad_parameter(f"Invalid 'ids': at most {_MOST_IDS}.")

    def work() -> bytes:
        orders = (call.world.orders.get(order_id) for order_id in dict.fromkeys(ids))
        own = (order for order in orders if order is not None and order.shop_id == call.shop.id)
        return b'{"orders":' + _texts(own, call.world.now()) + b"}"

    return work


def own_order(call: ShopCall) -> StoredOrder:
    """The order that the path names. Raises Refused when the shop has no such order."""
    order = call.world.orders.get(call.path["order_id"])
    if order is None or order.shop_id != call.shop.id:
        raise bad_parameter("Invalid 'order_id': the order does not exist.")
    return order


def _texts(orders: Iterable[StoredOrder], now: float) -> bytes:
    return b"[" + b",".join(visible_text(order, now) for order in orders) + b"]"


def _filter(call: ShopCall) -> Callable[[StoredOrder], bool] | None:
    shipping = params.word(call.body, "shipping_type", ("TIKTOK", "SELLER"))
    buyer = params.word(call.body, "buyer_user_id")
    asked = params.flag(call.body, "is_buyer_request_cancel")
    warehouses = params.words(call.body, "warehouse_ids", most=100)
    if shipping is None and buyer is None and asked is None and not warehouses:
        return None

    def keep(order: StoredOrder) -> bool:
        return (
            shipping in (None, order.shipping_type)
            and buyer in (None, order.buyer_user_id)
            and asked in (None, order.is_buyer_request_cancel)
            and (not warehouses or order.warehouse_id in warehouses)
        )

    return keep
