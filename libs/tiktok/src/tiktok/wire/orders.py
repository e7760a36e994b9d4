"""The order (Partner Center: Get Order List 202309, Get Order Detail 202507)."""

from typing import ClassVar

from pydantic import Field

from tiktok.wire.address import Address
from tiktok.wire.values import Money, Seconds, WireObject, WireRecord


class ItemTax(WireObject):
    """One tax on one unit (US)."""

    SORTED_BY: ClassVar = ("tax_type", "tax_amount", "tax_rate")

    tax_type: str = ""
    tax_amount: Money | None = None
    tax_rate: Money | None = None


class CombinedSku(WireObject):
    """One part of a virtual bundle."""

    SORTED_BY: ClassVar = ("sku_id", "product_id")

    product_id: str = ""
    sku_id: str = ""
    seller_sku: str = ""
    sku_count: int = 1


class LineItem(WireObject):
    """One unit: there is no quantity, three of a kind are three line items."""

    UNREAD: ClassVar[frozenset[str]] = frozenset(
        {
            "sku_image",
            "sku_type",
            "small_order_fee",
            "buyer_service_fee",
            "distance_fee",
            "distance_shipping_fee",
            "pfand_fee",
            "shipping_vat_amount",
            "shipping_vat_rate",
            "is_dangerous_good",
            "needs_prescription",
            "handling_duration_days",
            "is_unboxing_item",
            "unboxing_sku_code",
            "unboxing_case_list",
            "sub_item_info",
            "room_id",
            "product_listing_type",
            "is_pod_customized",
            "pod_info_id",
        }
    )
    SORTED_BY: ClassVar = ("id",)

    id: str = ""
    product_id: str = ""
    product_name: str = ""
    sku_id: str = ""
    sku_name: str = ""
    seller_sku: str = ""
    currency: str = ""
    original_price: Money | None = None
    sale_price: Money | None = None
    seller_discount: Money | None = None
    platform_discount: Money | None = None
    retail_delivery_fee: Money | None = None
    gift_retail_price: Money | None = None
    is_gift: bool = False
    item_tax: tuple[ItemTax, ...] = ()
    display_status: str = ""
    cancel_reason: str = ""
    cancel_user: str = ""
    package_id: str = ""
    package_status: str = ""
    tracking_number: str = ""
    shipping_provider_id: str = ""
    shipping_provider_name: str = ""
    rts_time: Seconds | None = None
    combined_listing_skus: tuple[CombinedSku, ...] = ()


class Payment(WireObject):
    """How the total composes; US amounts are before tax, ``tax`` comes on top."""

    currency: str = ""
    total_amount: Money | None = None
    sub_total: Money | None = None
    original_total_product_price: Money | None = None
    seller_discount: Money | None = None
    platform_discount: Money | None = None
    original_shipping_fee: Money | None = None
    shipping_fee: Money | None = None
    shipping_fee_seller_discount: Money | None = None
    shipping_fee_platform_discount: Money | None = None
    shipping_fee_cofunded_discount: Money | None = None
    tax: Money | None = None
    product_tax: Money | None = None
    shipping_fee_tax: Money | None = None
    retail_delivery_fee: Money | None = None
    item_insurance_fee: Money | None = None
    item_insurance_tax: Money | None = None
    shipping_insurance_fee: Money | None = None
    payment_platform_discount: Money | None = None
    payment_discount_service_fee: Money | None = None
    handling_fee: Money | None = None
    small_order_fee: Money | None = None
    buyer_service_fee: Money | None = None
    distance_fee: Money | None = None
    distance_shipping_fee: Money | None = None


class PackageReference(WireObject):
    """A package that holds lines of the order."""

    SORTED_BY: ClassVar = ("id",)

    id: str = ""


class HandlingDuration(WireObject):
    """How long the seller may take; ``type`` CALENDAR_DAY or BUSINESS_DAY."""

    days: str = ""
    type: str = ""


class Order(WireRecord):
    """The order as it is now. ``update_time`` moves only with ``status``."""

    UNREAD: ClassVar[frozenset[str]] = frozenset(
        {
            "buyer_avatar",
            "cpf",
            "cpf_name",
            "consultation_id",
            "need_upload_invoice",
            "order_rights",
            "payment_auth_code",
            "payment_card_type",
            "payment_method_code",
            "channel_entity_national_registry_id",
            "fulfillment_priority_level",
            "recommended_shipping_time",
            "cancel_order_sla_time",
            "collection_due_time",
            "delivery_due_time",
            "delivery_option_required_delivery_time",
            "delivery_sla_time",
            "fast_dispatch_sla_time",
            "fast_rts_sla_time",
            "fast_collection_sla_time",
            "instore_pickup_sla_time",
            "pick_up_cut_off_time",
        }
    )

    id: str = ""
    status: str = ""
    order_type: str = ""
    commerce_platform: str = ""
    user_id: str = Field(default="", repr=False)
    buyer_email: str = Field(default="", repr=False)
    buyer_message: str = Field(default="", repr=False)
    buyer_nickname: str = Field(default="", repr=False)
    seller_note: str = Field(default="", repr=False)
    payment_method_name: str = ""
    is_cod: bool = False
    is_sample_order: bool = False
    is_refundable_sample: bool = False
    is_replacement_order: bool = False
    replaced_order_id: str = ""
    is_exchange_order: bool = False
    exchange_source_order_id: str = ""
    is_on_hold_order: bool = False
    is_buyer_request_cancel: bool = False
    is_subscription_order: bool = False
    authentication_required: bool = False
    has_updated_recipient_address: bool = False
    auto_combine_group_id: str = ""
    split_or_combine_tag: str = ""
    fast_delivery_program: str = ""
    fulfillment_type: str = ""
    shipping_type: str = ""
    delivery_type: str = ""
    delivery_option_id: str = ""
    delivery_option_name: str = ""
    shipping_provider_id: str = ""
    shipping_provider: str = ""
    tracking_number: str = ""
    warehouse_id: str = ""
    packages: tuple[PackageReference, ...] = ()
    handling_duration: HandlingDuration = HandlingDuration()
    create_time: Seconds | None = None
    update_time: Seconds | None = None
    paid_time: Seconds | None = None
    rts_time: Seconds | None = None
    rts_sla_time: Seconds | None = None
    tts_sla_time: Seconds | None = None
    shipping_due_time: Seconds | None = None
    release_date: Seconds | None = None
    collection_time: Seconds | None = None
    delivery_time: Seconds | None = None
    cancel_time: Seconds | None = None
    request_cancel_time: Seconds | None = None
    cancellation_initiator: str = ""
    cancel_reason: str = ""
    line_items: tuple[LineItem, ...] = ()
    payment: Payment = Payment()
    recipient_address: Address = Address()
