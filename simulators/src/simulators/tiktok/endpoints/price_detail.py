"""Get Price Detail 202407: how an order's amounts compose, two decimals, per order and per line."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.cancellation_book import line_tax
from simulators.tiktok.endpoints.orders import own_order
from simulators.tiktok.money import ZERO, amount, cents
from simulators.tiktok.order_fields import Json, lines, record_id, text


def price_detail(call: ShopCall) -> Work:
    """GET /order/202407/orders/{order_id}/price_detail."""
    order = own_order(call)

    def work() -> Json:
        raw = order.raw()
        return _of_order(raw) | {"line_items": [_of_line(line) for line in lines(raw)]}

    return work


def _of_order(raw: Json) -> Json:
    value = raw.get("payment")
    payment: Mapping[str, object] = value if isinstance(value, dict) else {}
    paid = {name: amount(value) for name, value in payment.items() if name != "currency"}
    get = defaultdict(Decimal, paid)
    listed = get["original_total_product_price"]
    product_tax = get["tax"] - get["shipping_fee_tax"]
    return {
        "currency": text(payment, "currency"),
        "payment": _two(get["total_amount"]),
        "shipping_list_price": _two(get["original_shipping_fee"]),
        "shipping_sale_price": _two(get["shipping_fee"]),
        "shipping_fee_deduction_seller": _two(get["shipping_fee_seller_discount"]),
        "shipping_fee_deduction_platform": _two(get["shipping_fee_platform_discount"]),
        **_sku_part(listed, get["seller_discount"], get["platform_discount"], product_tax),
        "tax_amount": _two(get["tax"]),
        "total": _two(listed + get["original_shipping_fee"]),
    }


def _of_line(line: Json) -> Json:
    tax = line_tax(line)
    listed = amount(line.get("original_price"))
    part = _sku_part(
        listed, amount(line.get("seller_discount")), amount(line.get("platform_discount")), tax
    )
    return {
        "id": record_id(line),
        "currency": text(line, "currency"),
        **part,
        "payment": part["subtotal"],
        "tax_amount": _two(tax),
        "sku_gift_original_price": _two(amount(line.get("gift_retail_price"))),
        "total": _two(listed),
    }


def _sku_part(listed: Decimal, seller: Decimal, platform: Decimal, tax: Decimal) -> dict[str, str]:
    sale = listed - seller - platform
    return {
        "sku_list_price": _two(listed),
        "subtotal_deduction_seller": _two(seller),
        "subtotal_deduction_platform": _two(platform),
        "sku_sale_price": _two(sale),
        "subtotal_tax_amount": _two(tax),
        "subtotal": _two(sale + tax),
        "net_price_amount": _two(max(sale, ZERO)),
    }


def _two(value: Decimal) -> str:
    return f"{cents(value):f}"
