"""Search Package 202309, Get Package Detail 202309, Get Tracking 202309."""

from simulators.tiktok import params
from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.endpoints.orders import own_order
from simulators.tiktok.endpoints.search_params import PageRules, answered_search, read_search
from simulators.tiktok.envelope import Refused
from simulators.tiktok.order_fields import Json, seconds, text
from simulators.tiktok.package_book import Package
from simulators.tiktok.privacy import hidden, is_hidden

_STATUSES = ("PROCESSING", "FULFILLING", "COMPLETED", "CANCELLED")
_RULES = PageRules(most=50, fields=("create_time", "update_time", "order_pay_time"))
_STEPS = (
    ("rts_time", "Your seller is preparing the package."),
    ("collection_time", "Your package has been picked up by the carrier."),
    ("delivery_time", "Your package has been delivered."),
)


def search(call: ShopCall) -> Work:
    """POST /fulfillment/202309/packages/search."""
    status = params.word(call.body, "package_status", _STATUSES)
    shelf = call.world.orders.packages
    return answered_search(
        read_search(call, _RULES, None, status),
        lambda search: shelf.search(call.shop.id, search),
        lambda packages: {"packages": [package.listed() for package in packages]},
    )


def detail(call: ShopCall) -> Work:
    """GET /fulfillment/202309/packages/{package_id}."""
    package = call.world.orders.packages.get(call.shop.id, call.path["package_id"])
    if package is None:
        raise Refused(21008111, 200, "The package does not belong to the seller.")
    return lambda: _detail(call, package)


def tracking(call: ShopCall) -> Work:
    """GET /fulfillment/202309/orders/{order_id}/tracking: newest first, milliseconds."""
    order = own_order(call)

    def work() -> Json:
        raw = order.raw()
        reached = [(seconds(raw, key), description) for key, description in _STEPS]
        steps = [(at, description) for at, description in reached if at]
        return {
            "tracking": [
                {"description": description, "update_time_millis": at * 1000}
                for at, description in sorted(steps, reverse=True)
            ]
        }

    return work


def _detail(call: ShopCall, package: Package) -> Json:
    shown = package.listed()
    shown["package_id"], shown["package_status"] = shown.pop("id"), shown.pop("status")
    shown["split_and_combine_tag"] = "COMBINE" if len(package.line_ids) > 1 else "DEFAULT"
    order = call.world.orders.get(next(iter(package.line_ids), ""))
    if order is None:
        return shown
    raw = hidden(order.raw()) if is_hidden(order, call.world.now()) else order.raw()
    address = raw.get("recipient_address")
    for key in ("shipping_type", "delivery_option_id", "delivery_option_name"):
        shown[key] = text(raw, key)
    if text(raw, "split_or_combine_tag") == "SPLIT":
        shown["split_and_combine_tag"] = "SPLIT"
    return shown | ({"recipient_address": address} if isinstance(address, dict) else {})
