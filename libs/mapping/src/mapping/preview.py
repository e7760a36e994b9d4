"""What an order would become, row by row, and what keeps it from it; nothing is written.

The buyer's data is not in it: events hold none, and the preview shows what events hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from mapping.draft import Source, additional_details, inventory, lines_of, tags, translate
from mapping.eligibility import Ineligible, assess
from mapping.shipping import fee_title, is_shown, to_shipping_lines
from ordersync_contracts.events import (
    DraftLine,
    DraftShippingLine,
    OrderBlocked,
    OrderFetched,
    ShopifyOrderDraft,
    VaultReference,
)
from ordersync_contracts.money import ZERO


@dataclass(frozen=True, slots=True)
class Row:
    """One TikTok value and the Shopify value made of it; ``remark`` says what is special."""

    tiktok: str
    tiktok_value: str
    shopify: str
    shopify_value: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The rows, and what keeps the order out of Shopify, if anything does."""

    rows: tuple[Row, ...]
    ineligible: Ineligible | None = None
    blocked: OrderBlocked | None = None

    @property
    def reason_code(self) -> str | None:
        """Why it would not be created; None when it would be. Not eligible comes first."""
        verdict = self.ineligible or self.blocked
        return verdict.reason_code if verdict is not None else None


def preview(source: Source) -> Preview:
    """The order as the mapper would translate it now.

    A blocked order is shown as far as its parts can be read, unlinked items without variant.
    """
    result = translate(source)
    blocked = result if isinstance(result, OrderBlocked) else None
    draft = result if isinstance(result, ShopifyOrderDraft) else None
    is_readable = blocked is None or blocked.reason_code != "unreadable_amount"
    rows = (
        *_about_the_order(source),
        *(_amounts(source, draft) if is_readable else ()),
        *_about_stock_and_tags(source),
    )
    return Preview(rows, assess(source.order, source.shop), blocked)


def _about_the_order(source: Source) -> Iterator[Row]:
    order, shop = source.order, source.shop
    yield Row("id", order.order_id, "sourceIdentifier, $app:tiktok_order_id", order.order_id)
    created = order.created_at.isoformat()
    yield Row("create_time", created, "processedAt", created)
    yield Row("recipient_address", _stored(order.recipient), "shippingAddress", "from the vault")
    customer = "by relay e-mail" if shop.settings.customer == "relay" else "none"
    yield Row("buyer_email", _stored(order.recipient), "customer", customer)
    note = "from the vault" if order.message else "none"
    yield Row("buyer_message", _stored(order.message), "note", note)
    origins = (("shop name", shop.name), ("id", order.order_id), ("shipping_type", _type_of(order)))
    for (field, value), detail in zip(origins, additional_details(order, shop), strict=True):
        yield Row(field, value, f"Additional details: {detail.key}", detail.value)


def _amounts(source: Source, draft: ShopifyOrderDraft | None) -> Iterator[Row]:
    """Items, shipping, total; of a draft as they are settled, else as they come."""
    order, discounts = source.order, source.shop.settings.discounts
    lines = draft.lines if draft else lines_of(source, order)
    shipping = draft.shipping_lines if draft else to_shipping_lines(order, discounts)
    yield from (_item(line) for line in lines)
    cancelled = [line for line in order.lines if line.is_cancelled]
    if cancelled:
        yield Row("line_items, cancelled", f"{len(cancelled)} units", "lineItems", "left out")
    yield from (_shipping(n, line, order) for n, line in enumerate(shipping))
    if draft is not None:
        yield from _not_in_the_total(order, draft)
        yield from _payment_discount(order, draft)
    yield _total(order, draft)
    yield _payment(order, draft)


def _item(line: DraftLine) -> Row:
    tax = ", ".join(f"{tax.title} {tax.rate} = {tax.amount}" for tax in line.taxes)
    return Row(
        f"line_items of SKU {line.sku_id}",
        f"{line.quantity} units: {line.title}",
        "lineItems",
        f"{line.quantity} × {line.unit_price}, {line.variant_id or 'no variant'}",
        f"tax: {tax}" if tax else "",
    )


def _shipping(number: int, line: DraftShippingLine, order: OrderFetched) -> Row:
    tax = sum(tax.amount for tax in line.taxes)
    field = "delivery_option_name, payment.shipping_fee" if number == 0 else "payment, further"
    given = order.delivery_option_name if number == 0 else line.title
    remark = f"tax {tax}" if tax else ""
    return Row(field, given, f"shippingLines[{number}]", f"{line.title}: {line.price}", remark)


def _not_in_the_total(order: OrderFetched, draft: ShopifyOrderDraft) -> Iterator[Row]:
    shown = {line.title for line in draft.shipping_lines}
    for fee in order.payment.fees:
        if is_shown(fee) and fee_title(fee) not in shown:
            field, remark = f"payment.{fee.name}", "TikTok's total does not hold it"
            yield Row(field, str(fee.amount), "shippingLines", "left out", remark)


def _payment_discount(order: OrderFetched, draft: ShopifyOrderDraft) -> Iterator[Row]:
    discount = draft.funded_discounts.payment_platform
    if not discount:
        return
    field, funded = "payment.payment_platform_discount", "funded by a payment platform"
    if draft.discounts == "merchant_revenue":
        yield Row(field, str(discount), "lineItems", "not taken off", funded)
    elif _prices_told(order) > _prices(draft):
        yield Row(field, str(discount), "lineItems", "taken off the prices", funded)
    else:
        remark = f"{funded}; TikTok's total is not less"
        yield Row(field, str(discount), "lineItems", "not taken off", remark)


def _prices_told(order: OrderFetched) -> Decimal:
    kept = (line.sale_price for line in order.lines if not line.is_cancelled)
    return sum(kept, order.payment.shipping_fee)


def _prices(draft: ShopifyOrderDraft) -> Decimal:
    """What the goods and their shipping cost, before a rest was carried by the largest line."""
    rest = draft.adjustment
    carried = rest.amount if rest is not None and rest.carried_by == "largest_line" else ZERO
    goods = sum((line.unit_price * line.quantity for line in draft.lines), ZERO)
    return goods + draft.shipping_lines[0].price - carried


def _total(order: OrderFetched, draft: ShopifyOrderDraft | None) -> Row:
    given = f"{order.payment.total} {order.payment.currency}"
    if draft is None:
        return Row("payment.total_amount", given, "total", "not settled")
    remarks = [f"identity {draft.total_identity} held"] if draft.total_identity != "total" else []
    if draft.adjustment is not None:
        rest = draft.adjustment
        remarks.append(f"rest {rest.amount} of {rest.identity} carried by {rest.carried_by}")
    if draft.failed_identities:
        off = (f"{failed.identity} by {failed.difference}" for failed in draft.failed_identities)
        remarks.append(f"does not add up at TikTok: {', '.join(off)}")
    total = f"{draft.total} {draft.currency}"
    return Row("payment.total_amount", given, "total", total, "; ".join(remarks))


def _payment(order: OrderFetched, draft: ShopifyOrderDraft | None) -> Row:
    paid = order.paid_at.isoformat() if order.paid_at else "not said"
    has_transaction = draft is not None and draft.total > 0
    transaction = f"SALE of {draft.total}, gateway TikTok Shop" if draft and has_transaction else ""
    return Row("paid_time", paid, "transactions", transaction or "none", "financialStatus PAID")


def _about_stock_and_tags(source: Source) -> Iterator[Row]:
    order = source.order
    yield Row("status", order.status, "inventoryBehaviour", inventory(order, source.shop))
    kinds = [name for name, is_one in _kinds(order) if is_one]
    yield Row("kind of order", ", ".join(kinds) or "ordinary", "tags", ", ".join(tags(order)))


def _kinds(order: OrderFetched) -> tuple[tuple[str, bool], ...]:
    is_gift = any(line.is_gift and not line.is_cancelled for line in order.lines)
    return ("gift", is_gift), ("sample", order.is_sample)


def _type_of(order: OrderFetched) -> str:
    return order.shipping_type or "not said"


def _stored(reference: VaultReference | None) -> str:
    if reference is None:
        return "none"
    return f"version {reference.version}{', masked' if reference.masked else ''}"
