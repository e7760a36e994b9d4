"""TikTok's order → OrderFetched and the buyer's data, which goes to the vault. Pure.

Partner Center: Get Order List 202309, Get Order Detail 202507.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from fetcher.domain import keeps_buyer
from mapping.levels import Level, places_of
from mapping.recipient import Recipient
from ordersync_contracts.events import (
    BundlePart,
    Fee,
    ItemTax,
    OrderFetched,
    OrderLine,
    Payment,
    VaultReference,
)
from ordersync_contracts.money import ZERO
from tiktok.wire import orders as wire
from tiktok.wire.values import amount, moment

FEES: Final = (
    "retail_delivery_fee",
    "item_insurance_fee",
    "item_insurance_tax",
    "shipping_insurance_fee",
    "handling_fee",
    "small_order_fee",
    "buyer_service_fee",
    "payment_discount_service_fee",
    "distance_fee",
    "distance_shipping_fee",
)
UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that TikTok did not send: the same in every poll, so that it is no change."""

References = Mapping[str, VaultReference]
"""By kind: what the vault keeps of this order's buyer."""


@dataclass(frozen=True, slots=True, repr=False)
class BuyerData:
    """What goes into the vault; None where there is nothing to keep."""

    recipient: Recipient | None
    message: str | None


def buyer_data(order: wire.Order) -> BuyerData:
    """The buyer's data of an order that will be shipped by the seller; nothing of any other."""
    if not keeps_buyer(order.fulfillment_type, order.status):
        return BuyerData(None, None)
    recipient = _recipient(order)
    return BuyerData(recipient if recipient.to_record() else None, order.buyer_message or None)


def _recipient(order: wire.Order) -> Recipient:
    address = order.recipient_address
    places = places_of(
        Level(at.address_name, at.iso_code, at.address_level, at.address_level_name)
        for at in address.district_info
    )
    return Recipient(
        name=address.name,
        first_name=address.first_name,
        last_name=address.last_name,
        phone=address.phone_number,
        email=order.buyer_email.strip(),
        line1=address.address_line1,
        line2=address.address_line2,
        detail=address.address_detail,
        full_address=address.full_address,
        city=places.town or address.post_town,
        county=places.county,
        state=places.state,
        state_code=places.state_code,
        postal_code=address.postal_code,
        region=address.region_code,
    )


def to_snapshot(
    shop_id: str, order: wire.Order, asked_at: datetime, references: References
) -> OrderFetched:
    """The order without personal data; statuses and types as TikTok sent them."""
    updated_at = moment(order.update_time) or moment(order.create_time) or UNDATED
    return OrderFetched(
        shop_id=shop_id,
        order_id=order.id,
        status=order.status,
        order_type=order.order_type,
        fulfillment_type=order.fulfillment_type,
        shipping_type=order.shipping_type,
        delivery_option_name=order.delivery_option_name,
        region=order.recipient_address.region_code,
        created_at=moment(order.create_time) or updated_at,
        updated_at=updated_at,
        asked_at=asked_at,
        paid_at=moment(order.paid_time),
        ship_by=moment(order.rts_sla_time),
        release_at=moment(order.release_date),
        shipped_at=moment(order.rts_time),
        collected_at=moment(order.collection_time),
        delivered_at=moment(order.delivery_time),
        cancelled_at=moment(order.cancel_time),
        is_sample=order.is_sample_order,
        is_replacement=order.is_replacement_order,
        is_exchange=order.is_exchange_order,
        replaced_order_id=order.replaced_order_id or order.exchange_source_order_id,
        cancel_requested=order.is_buyer_request_cancel,
        cancelled_by=order.cancellation_initiator,
        tracking_number=order.tracking_number,
        shipping_provider=order.shipping_provider,
        package_ids=tuple(package.id for package in order.packages if package.id),
        lines=tuple(_line(line, order) for line in order.line_items),
        payment=_payment(order),
        recipient=references.get("recipient"),
        message=references.get("message"),
        unknown_fields=tuple(sorted(order.unknown_fields)),
        problems=_problems(order),
    )


def _line(line: wire.LineItem, order: wire.Order) -> OrderLine:
    return OrderLine(
        line_id=line.id,
        product_id=line.product_id,
        product_name=line.product_name,
        sku_id=line.sku_id,
        sku_name=line.sku_name,
        seller_sku=line.seller_sku,
        currency=line.currency or order.payment.currency,
        original_price=_decimal(line.original_price),
        sale_price=_decimal(line.sale_price),
        seller_discount=_decimal(line.seller_discount),
        platform_discount=_decimal(line.platform_discount),
        status=line.display_status,
        is_gift=line.is_gift,
        taxes=tuple(
            ItemTax(type=tax.tax_type, rate=amount(tax.tax_rate), amount=_decimal(tax.tax_amount))
            for tax in line.item_tax
        ),
        retail_delivery_fee=_decimal(line.retail_delivery_fee),
        package_id=line.package_id,
        tracking_number=line.tracking_number,
        shipping_provider=line.shipping_provider_name,
        parts=tuple(
            BundlePart(
                product_id=part.product_id,
                sku_id=part.sku_id,
                seller_sku=part.seller_sku,
                count=part.sku_count,
            )
            for part in line.combined_listing_skus
        ),
    )


def _payment(order: wire.Order) -> Payment:
    payment = order.payment
    currency = payment.currency or next((line.currency for line in order.line_items), "")
    fees = ((name, _decimal(getattr(payment, name))) for name in FEES)
    return Payment(
        currency=currency,
        total=_decimal(payment.total_amount),
        sub_total=_decimal(payment.sub_total),
        original_total_product_price=_decimal(payment.original_total_product_price),
        seller_discount=_decimal(payment.seller_discount),
        platform_discount=_decimal(payment.platform_discount),
        payment_platform_discount=_decimal(payment.payment_platform_discount),
        shipping_fee=_decimal(payment.shipping_fee),
        original_shipping_fee=_decimal(payment.original_shipping_fee),
        shipping_fee_seller_discount=_decimal(payment.shipping_fee_seller_discount),
        shipping_fee_platform_discount=_decimal(payment.shipping_fee_platform_discount),
        shipping_fee_cofunded_discount=_decimal(payment.shipping_fee_cofunded_discount),
        tax=_decimal(payment.tax),
        product_tax=_decimal(payment.product_tax),
        shipping_fee_tax=_decimal(payment.shipping_fee_tax),
        fees=tuple(Fee(name=name, amount=value) for name, value in fees if value),
    )


def _problems(order: wire.Order) -> tuple[str, ...]:
    """Fields that could not be read, and amounts that no order may be without."""
    missing = [
        f"line_items[{n}].sale_price"
        for n, line in enumerate(order.line_items)
        if line.sale_price is None
    ]
    if order.payment.total_amount is None:
        missing.append("payment.total_amount")
    return tuple(sorted({*order.problems, *missing}))


def _decimal(text: str | None) -> Decimal:
    value = amount(text)
    return ZERO if value is None else value.normalize() + ZERO
