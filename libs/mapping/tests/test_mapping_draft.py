"""What a draft says beside the money: additional details, tags, times, stock, links."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from libs.mapping.tests.golden_cases import order, shop, source

from mapping.draft import Source, translate
from mapping.lines import tax_title
from ordersync_contracts.events import OrderBlocked, Payment, ShopifyOrderDraft

ORDER = order("status_awaiting_shipment")
LINKS = {"1729500000000000001": "gid://shopify/ProductVariant/101"}


def draft(special: dict[str, Any] | None = None, **changes: Any) -> ShopifyOrderDraft:
    made = translate(Source(ORDER.model_copy(update=changes), 7, shop(special or {}), LINKS))
    assert isinstance(made, ShopifyOrderDraft)
    return made


def test_the_three_additional_details_have_their_exact_texts_and_order() -> None:
    assert [(row.key, row.value) for row in draft().attributes] == [
        ("Channel", "TikTok Shop - Sunny Mugs"),
        ("TikTok Shop Order ID", "576461413038785752"),
        ("Shipping Method", "Seller Shipping"),
    ]


@pytest.mark.parametrize(
    ("type_", "method"),
    [
        ("SELLER", "Seller Shipping"),
        ("TIKTOK", "TikTok Shipping"),
        ("TIKTOK_DIGITAL", "TIKTOK_DIGITAL"),
        ("", "Seller Shipping"),
    ],
)
def test_the_shipping_method_says_who_ships(type_: str, method: str) -> None:
    assert draft(shipping_type=type_).attributes[2].value == method


def test_a_draft_says_what_it_was_made_from() -> None:
    made = draft()
    assert (made.snapshot_version, made.settings_version) == (7, 2)
    assert made.store == "sunny-mugs.myshopify.com"
    assert (made.shop_id, made.order_id) == (ORDER.shop_id, ORDER.order_id)
    assert made.currency == "USD"


def test_the_order_is_placed_when_tiktok_created_it() -> None:
    made = draft()
    assert made.placed_at == ORDER.created_at
    assert made.paid_at == ORDER.paid_at


def test_the_buyer_appears_only_as_references_to_the_vault() -> None:
    made = translate(source("with_message_and_masked_recipient"))
    assert isinstance(made, ShopifyOrderDraft)
    assert made.recipient is not None
    assert made.message is not None
    assert (made.recipient.version, made.recipient.masked) == (3, True)
    assert (made.message.kind, made.message.version) == ("message", 2)


@pytest.mark.parametrize("status", ["IN_TRANSIT", "DELIVERED", "COMPLETED"])
def test_goods_that_left_before_the_connection_are_not_taken_from_stock(status: str) -> None:
    after = (ORDER.created_at + timedelta(days=3)).isoformat()
    assert draft({"connected_at": after}, status=status).inventory == "BYPASS"


def test_goods_that_are_still_there_or_were_ordered_later_are_taken_from_stock() -> None:
    after = (ORDER.created_at + timedelta(days=3)).isoformat()
    before = (ORDER.created_at - timedelta(days=3)).isoformat()
    policy = "DECREMENT_IGNORING_POLICY"
    assert draft({"connected_at": after}, status="AWAITING_COLLECTION").inventory == policy
    assert draft({"connected_at": before}, status="IN_TRANSIT").inventory == policy


def test_a_custom_line_has_no_variant_and_keeps_its_title() -> None:
    made = translate(source("unlinked_as_custom_line"))
    assert isinstance(made, ShopifyOrderDraft)
    linked, custom = made.lines
    assert linked.variant_id is not None
    assert (custom.variant_id, custom.title) == (None, "TikTok item zeta")


def test_all_unlinked_skus_are_named_at_once() -> None:
    blocked = translate(Source(ORDER, 7, shop({}), {}))
    assert isinstance(blocked, OrderBlocked)
    assert blocked.sku_ids == ("1729500000000000001",)
    assert (blocked.snapshot_version, blocked.settings_version) == (7, 2)


@pytest.mark.parametrize(
    ("type_", "title"),
    [("SALES_TAX", "Sales tax"), ("MOON_TAX", "Moon tax"), ("", "Tax")],
)
def test_a_tax_has_a_title_whatever_its_type(type_: str, title: str) -> None:
    assert tax_title(type_) == title


@pytest.mark.parametrize(
    ("case", "skus"),
    [
        ("unlinked_skus", ("1729500000000000001", "alpha", "zeta")),
        ("unlinked_sku_cancelled", ("1729500000000000001",)),
    ],
)
def test_the_skus_of_an_order_are_those_to_ship(case: str, skus: tuple[str, ...]) -> None:
    blocked = translate(Source(order(case), 7, shop({}), {}))
    assert isinstance(blocked, OrderBlocked)
    assert blocked.sku_ids == skus


def test_a_draft_made_from_another_snapshot_may_create_the_same_order() -> None:
    made = draft()
    later = made.model_copy(update={"snapshot_version": 9, "lane": "bulk", "replaces": 3})
    assert made.creates_the_same_as(later)
    assert not made.creates_the_same_as(made.model_copy(update={"total": made.total + 1}))
    assert not made.creates_the_same_as(made.model_copy(update={"store": "other"}))


@pytest.mark.parametrize(("different", "units"), [(250, 250), (250, 400), (1, 300)])
def test_as_many_different_items_as_shopify_takes_are_one_order(different: int, units: int) -> None:
    skus = [f"sku-{n % different}" for n in range(units)]
    template = ORDER.lines[0].model_copy(update={"sale_price": Decimal(1), "taxes": ()})
    lines = tuple(
        template.model_copy(update={"line_id": f"{n:04}", "sku_id": sku})
        for n, sku in enumerate(skus)
    )
    payment = Payment(currency="USD", total=Decimal(units))
    many = ORDER.model_copy(update={"lines": lines, "payment": payment})
    made = translate(Source(many, 7, shop({}), dict.fromkeys(skus, "gid://1")))
    assert isinstance(made, ShopifyOrderDraft)
    assert (len(made.lines), made.total) == (different, Decimal(units))


def test_more_different_items_than_shopify_takes_are_said_before_anything_is_sent() -> None:
    blocked = translate(source("too_many_different_items"))
    assert isinstance(blocked, OrderBlocked)
    assert (blocked.reason_code, blocked.detail) == ("too_many_lines", "251 different items")
