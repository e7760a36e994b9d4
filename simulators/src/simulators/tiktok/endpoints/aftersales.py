"""Search Cancellations 202309 and Search Returns 202309."""

from collections.abc import Callable

from simulators.tiktok import params
from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.cancellation_book import Cancellation
from simulators.tiktok.endpoints.search_params import PageRules, answered_search, read_search
from simulators.tiktok.return_book import Return

_CANCELLATION_RULES = PageRules(most=50, default_size=10, default_order="ASC")
_RETURN_RULES = PageRules(least=10, most=50, default_size=10, default_order="ASC")


def cancellations(call: ShopCall) -> Work:
    """POST /return_refund/202309/cancellations/search."""
    keep: Callable[[Cancellation], bool] | None = _filter(call, "cancel")
    shelf = call.world.orders.cancellations
    return answered_search(
        read_search(call, _CANCELLATION_RULES, keep),
        lambda search: shelf.search(call.shop.id, search),
        lambda records: {"cancellations": [record.shown() for record in records]},
    )


def returns(call: ShopCall) -> Work:
    """POST /return_refund/202309/returns/search; `return_orders` is absent when there are none."""
    keep: Callable[[Return], bool] | None = _filter(call, "return")
    shelf = call.world.orders.returns
    return answered_search(
        read_search(call, _RETURN_RULES, keep),
        lambda search: shelf.search(call.shop.id, search),
        lambda records: (
            {"return_orders": [dict(record.body) for record in records]} if records else {}
        ),
    )


def _filter(call: ShopCall, what: str) -> Callable[[Cancellation | Return], bool] | None:
    """`<what>_ids`, `<what>_types`, `<what>_status`, order_ids, buyer_user_ids; empty: any."""
    ids = params.words(call.body, f"{what}_ids")
    types = params.words(call.body, f"{what}_types")
    statuses = params.words(call.body, f"{what}_status")
    orders = params.words(call.body, "order_ids")
    buyers = params.words(call.body, "buyer_user_ids")
    if not (ids or types or statuses or orders or buyers):
        return None

    def keep(record: Cancellation | Return) -> bool:
        pairs = (
            (ids, record.id),
            (types, record.type),
            (statuses, record.status),
            (orders, record.order_id),
            (buyers, record.buyer_user_id),
        )
        return all(not allowed or value in allowed for allowed, value in pairs)

    return keep
