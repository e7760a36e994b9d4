"""TikTok's order → OrderFetched: every field, tolerant of what is missing, and nobody's name."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.world.story import raw_order

from fetcher.recording.snapshot import UNDATED, buyer_data, to_snapshot
from ordersync_contracts import codec, events
from tiktok.wire.orders import Order
from tiktok.wire.reading import read

ASKED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
REFERENCE = events.VaultReference(kind="recipient", version=2, digest="d1", masked=True)
MESSAGE = events.VaultReference(kind="message", version=1, digest="d2")

FULL: dict[str, Any] = {
    "id": "576461413038785752",
    "status": "IN_TRANSIT",
    "order_type": "NORMAL",
    "fulfillment_type": "FULFILLMENT_BY_SELLER",
    "shipping_type": "SELLER",
    "delivery_option_name": "Standard shipping",
    "shipping_provider": "USPS",
    "tracking_number": "9400100000000000000001",
    "create_time": 1_795_000_000,
    "update_time": 1_795_000_900,
    "paid_time": 1_795_000_060,
    "rts_sla_time": 1_795_100_000,
    "release_date": 1_795_000_100,
    "rts_time": 1_795_000_500,
    "collection_time": 1_795_000_600,
    "delivery_time": 1_795_000_800,
    "cancel_time": 1_795_000_850,
    "is_sample_order": True,
    "is_replacement_order": True,
    "is_exchange_order": True,
    "replaced_order_id": "576461416728782174",
    "is_buyer_request_cancel": True,
    "cancellation_initiator": "BUYER",
    "packages": [{"id": "1153132168123859123"}, {"id": ""}, {"id": "1153132168123859124"}],
    "recipient_address": {"region_code": "US", "name": "P. Buyer"},
    "line_items": [
        {
            "id": "577086512123755123",
            "product_id": "1729582718312380123",
            "product_name": "Stoneware mug",
            "sku_id": "2729382476852921560",
            "sku_name": "Blue",
            "seller_sku": "MUG-BLUE-11",
            "currency": "USD",
            "original_price": "20.5",
            "sale_price": "18.50",
            "seller_discount": "1.25",
            "platform_discount": "0.75",
            "retail_delivery_fee": "0.28",
            "is_gift": True,
            "display_status": "IN_TRANSIT",
            "package_id": "1153132168123859123",
            "tracking_number": "9400100000000000000001",
            "shipping_provider_name": "USPS",
            "item_tax": [{"tax_type": "SALES_TAX", "tax_amount": "1.48", "tax_rate": "0.08"}],
            "combined_listing_skus": [
                {"product_id": "17", "sku_id": "27", "seller_sku": "PART-1", "sku_count": 2}
            ],
        }
    ],
    "payment": {
        "currency": "USD",
        "total_amount": "26.02",
        "sub_total": "18.50",
        "original_total_product_price": "20.50",
        "seller_discount": "1.25",
        "platform_discount": "0.75",
        "payment_platform_discount": "0.33",
        "shipping_fee": "4.99",
        "original_shipping_fee": "6.99",
        "shipping_fee_seller_discount": "0.50",
        "shipping_fee_platform_discount": "1.00",
        "shipping_fee_cofunded_discount": "0.50",
        "tax": "1.88",
        "product_tax": "1.48",
        "shipping_fee_tax": "0.40",
        "retail_delivery_fee": "0.28",
        "item_insurance_fee": "0.37",
        "handling_fee": "0",
    },
}


def wire(**changes: Any) -> Order:
    """An ordinary order as our client reads it."""
    return read(Order, raw_order(**changes))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def snapshot(raw: dict[str, Any], **references: events.VaultReference) -> events.OrderFetched:
    return to_snapshot("7495", read(Order, raw), ASKED, references)


def test_every_field_of_the_order_is_taken_over() -> None:
    assert snapshot(FULL, recipient=REFERENCE, message=MESSAGE) == events.OrderFetched(
        shop_id="7495",
        order_id="576461413038785752",
        status="IN_TRANSIT",
        order_type="NORMAL",
        fulfillment_type="FULFILLMENT_BY_SELLER",
        shipping_type="SELLER",
        delivery_option_name="Standard shipping",
        region="US",
        created_at=at(1_795_000_000),
        updated_at=at(1_795_000_900),
        asked_at=ASKED,
        paid_at=at(1_795_000_060),
        ship_by=at(1_795_100_000),
        release_at=at(1_795_000_100),
        shipped_at=at(1_795_000_500),
        collected_at=at(1_795_000_600),
        delivered_at=at(1_795_000_800),
        cancelled_at=at(1_795_000_850),
        is_sample=True,
        is_replacement=True,
        is_exchange=True,
        replaced_order_id="576461416728782174",
        cancel_requested=True,
        cancelled_by="BUYER",
        tracking_number="9400100000000000000001",
        shipping_provider="USPS",
        package_ids=("1153132168123859123", "1153132168123859124"),
        lines=(
            events.OrderLine(
                line_id="577086512123755123",
                product_id="1729582718312380123",
                product_name="Stoneware mug",
                sku_id="2729382476852921560",
                sku_name="Blue",
                seller_sku="MUG-BLUE-11",
                currency="USD",
                original_price=Decimal("20.50"),
                sale_price=Decimal("18.50"),
                seller_discount=Decimal("1.25"),
                platform_discount=Decimal("0.75"),
                status="IN_TRANSIT",
                is_gift=True,
                taxes=(
                    events.ItemTax(type="SALES_TAX", rate=Decimal("0.08"), amount=Decimal("1.48")),
                ),
                retail_delivery_fee=Decimal("0.28"),
                package_id="1153132168123859123",
                tracking_number="9400100000000000000001",
                shipping_provider="USPS",
                parts=(
                    events.BundlePart(product_id="17", sku_id="27", seller_sku="PART-1", count=2),
                ),
            ),
        ),
        payment=events.Payment(
            currency="USD",
            total=Decimal("26.02"),
            sub_total=Decimal("18.50"),
            original_total_product_price=Decimal("20.50"),
            seller_discount=Decimal("1.25"),
            platform_discount=Decimal("0.75"),
            payment_platform_discount=Decimal("0.33"),
            shipping_fee=Decimal("4.99"),
            original_shipping_fee=Decimal("6.99"),
            shipping_fee_seller_discount=Decimal("0.50"),
            shipping_fee_platform_discount=Decimal("1.00"),
            shipping_fee_cofunded_discount=Decimal("0.50"),
            tax=Decimal("1.88"),
            product_tax=Decimal("1.48"),
            shipping_fee_tax=Decimal("0.40"),
            fees=(
                events.Fee(name="retail_delivery_fee", amount=Decimal("0.28")),
                events.Fee(name="item_insurance_fee", amount=Decimal("0.37")),
            ),
        ),
        recipient=REFERENCE,
        message=MESSAGE,
    )


@pytest.mark.parametrize("nothing", [None, ""], ids=["null", "empty"])
def test_absent_null_and_empty_are_alike(nothing: str | None) -> None:
    sparse = {key: FULL[key] for key in ("id", "status", "update_time", "line_items", "payment")}
    blank = {key: nothing for key in FULL if key not in sparse}
    assert snapshot(sparse | blank) == snapshot(sparse)


@pytest.mark.parametrize("rate", ["6.25%", "n/a", "one"])
def test_a_tax_rate_that_is_no_number_is_left_to_its_amount_and_named(rate: str) -> None:
    tax = {"tax_type": "SALES_TAX", "tax_amount": "1.64", "tax_rate": rate}
    fetched = snapshot(FULL | {"line_items": [FULL["line_items"][0] | {"item_tax": [tax]}]})
    (line,) = fetched.lines
    assert line.taxes == (events.ItemTax(type="SALES_TAX", rate=None, amount=Decimal("1.64")),)
    assert fetched.problems == ("line_items[0].item_tax[0].tax_rate",)


def test_fields_that_we_do_not_know_are_named_and_never_quoted() -> None:
    surprising = FULL | {
        "planted_news": "Petra Plantedbuyer",
        "line_items": [FULL["line_items"][0] | {"planted_more": "77 Planted Parkway"}],
    }
    fetched = snapshot(surprising)
    assert fetched.unknown_fields == ("line_items[].planted_more", "planted_news")
    assert "Parkway" not in codec.encode(fetched).decode()


def test_money_that_is_no_number_is_named_and_counts_as_nothing() -> None:
    payment = FULL["payment"] | {"shipping_fee": "about four", "tax": "NaN"}
    fetched = snapshot(FULL | {"payment": payment})
    assert fetched.problems == ("payment.shipping_fee", "payment.tax")
    assert (fetched.payment.shipping_fee, fetched.payment.tax) == (Decimal(0), Decimal(0))
    assert "about four" not in codec.encode(fetched).decode()


def test_an_order_without_its_total_or_a_price_says_so() -> None:
    bare = {key: value for key, value in FULL["line_items"][0].items() if key != "sale_price"}
    fetched = snapshot(FULL | {"payment": {"currency": "USD"}, "line_items": [bare]})
    assert fetched.problems == ("line_items[0].sale_price", "payment.total_amount")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("18.50", "18.5"), ("+18.500", "18.5"), (" 20.00 ", "20"), ("0.001", "0.001"), ("100", "100")],
)
def test_equal_amounts_are_written_alike_however_tiktok_writes_them(sent: str, kept: str) -> None:
    fetched = snapshot(FULL | {"payment": FULL["payment"] | {"total_amount": sent}})
    assert json.loads(codec.encode(fetched))["payment"]["total"] == kept


def test_ids_that_come_as_numbers_become_strings() -> None:
    line = FULL["line_items"][0] | {"id": 577086512123755123, "sku_id": 2729382476852921560}
    fetched = snapshot(FULL | {"id": 576461413038785752, "line_items": [line]})
    assert fetched.order_id == "576461413038785752"
    found = (fetched.lines[0].line_id, fetched.lines[0].sku_id)
    assert found == ("577086512123755123", "2729382476852921560")


@pytest.mark.parametrize("lines", [None, [], ""])
def test_an_order_without_lines_is_kept_as_it_is(lines: object) -> None:
    assert snapshot(FULL | {"line_items": lines}).lines == ()


def test_the_order_of_fields_in_json_changes_nothing() -> None:
    odd = FULL | {"planted_b": 1, "planted_a": 2, "paid_time": "soon", "create_time": "soon"}
    backwards = dict(reversed(odd.items()))
    assert snapshot(backwards) == snapshot(odd)


def test_a_status_nobody_has_seen_yet_is_kept_as_sent() -> None:
    assert snapshot(FULL | {"status": "TELEPORTED"}).status == "TELEPORTED"


def test_the_currency_is_the_payment_s_or_else_the_lines() -> None:
    without = {key: value for key, value in FULL["payment"].items() if key != "currency"}
    assert snapshot(FULL | {"payment": without}).payment.currency == "USD"
    line = {key: value for key, value in FULL["line_items"][0].items() if key != "currency"}
    assert snapshot(FULL | {"line_items": [line]}).lines[0].currency == "USD"


def test_an_order_without_any_time_says_the_same_whenever_it_is_asked_for() -> None:
    undated = {key: value for key, value in FULL.items() if not key.endswith("_time")}
    first = to_snapshot("7495", read(Order, undated), ASKED, {})
    later = to_snapshot("7495", read(Order, undated), ASKED.replace(hour=13), {})
    assert (first.created_at, first.updated_at) == (UNDATED, UNDATED)
    assert later.says_the_same_as(first)


@pytest.mark.parametrize(
    "seconds", [0, None, "soon", -5, 10**15], ids=["0", "null", "text", "negative", "too large"]
)
def test_a_time_that_cannot_be_one_is_absent(seconds: object) -> None:
    assert snapshot(FULL | {"delivery_time": seconds}).delivered_at is None


PLANTED = {
    "buyer_email": "v2planted@chat.seller.tiktok.com",
    "buyer_message": "planted-message",
    "buyer_nickname": "planted-nickname",
    "buyer_avatar": "https://planted-avatar",
    "user_id": "planted-user",
    "cpf": "planted-cpf",
    "cpf_name": "planted-cpf-name",
    "seller_note": "planted-note",
    "cancel_reason": "planted-reason",
    "payment_method_name": "planted-card",
    "recipient_address": {
        "name": "planted-name",
        "first_name": "planted-first",
        "last_name": "planted-last",
        "first_name_local_script": "planted-script",
        "last_name_local_script": "planted-script",
        "phone_number": "planted-phone",
        "full_address": "planted-full",
        "address_detail": "planted-detail",
        "address_line1": "planted-line",
        "address_line2": "planted-line",
        "address_line3": "planted-line",
        "address_line4": "planted-line",
        "postal_code": "planted-zip",
        "post_town": "planted-town",
        "region_code": "US",
        "district_info": [
            {
                "address_level": "L1",
                "address_level_name": "State",
                "address_name": "planted-state",
                "iso_code": "planted-iso",
            }
        ],
        "delivery_preferences": {"drop_off_location": "planted-porch"},
        "planted unknown": "planted-unknown",
    },
}


def test_nothing_personal_is_in_the_event() -> None:
    line = FULL["line_items"][0] | {"cancel_reason": "planted-reason", "cancel_user": "planted-u"}
    order = read(Order, FULL | PLANTED | {"line_items": [line]})
    fetched = to_snapshot("7495", order, ASKED, {"recipient": REFERENCE})
    assert "planted" not in codec.encode(fetched).decode()
    assert "planted" not in f"{fetched!r}{buyer_data(order)!r}"


def test_the_recipient_is_kept_in_named_parts() -> None:
    buyer = buyer_data(wire())
    assert buyer.recipient is not None
    assert buyer.recipient.to_record() == {
        "name": "Petra Plantedbuyer",
        "first_name": "Petra",
        "last_name": "Plantedbuyer",
        "phone": "(+1)2135550147",
        "email": "v2planted@chat.seller.tiktok.com",
        "line1": "77 Planted Parkway",
        "line2": "Suite 100",
        "city": "Los Angeles",
        "state": "California",
        "postal_code": "90066",
        "region": "US",
    }
    assert buyer.message == "Planted message: ring twice"
    assert not buyer.recipient.is_masked


def test_a_masked_recipient_is_known_as_one() -> None:
    masked = wire(recipient_address={"name": "P**** P****", "address_line1": "77 ****"})
    recipient = buyer_data(masked).recipient
    assert recipient is not None
    assert recipient.is_masked


@pytest.mark.parametrize(
    "changes",
    [
        {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"},
        {"status": "UNPAID"},
        {"status": "ON_HOLD"},
        {"status": "CANCELLED"},
    ],
    ids=lambda changes: next(iter(changes.values())),
)
def test_no_buyer_is_taken_of_an_order_that_the_seller_does_not_ship(
    changes: dict[str, str],
) -> None:
    buyer = buyer_data(wire(**changes))
    assert (buyer.recipient, buyer.message) == (None, None)


def test_where_tiktok_gives_nothing_nothing_is_kept() -> None:
    nobody = wire(recipient_address=None, buyer_email=None, buyer_message="")
    assert buyer_data(nobody).recipient is None
    assert buyer_data(nobody).message is None


@pytest.mark.parametrize("of", ["lines", "packages", "taxes", "parts"])
async def test_the_same_in_another_order_is_no_change(home: Any, of: str) -> None:
    """Units, their taxes and bundle parts, parcels: their order says nothing at TikTok."""
    taxes = [{"tax_type": kind, "tax_amount": "0.10"} for kind in ("STATE", "CITY")]
    parts = [{"sku_id": sku, "product_id": "1"} for sku in ("8", "7")]
    line = raw_order()["line_items"][0] | {"item_tax": taxes, "combined_listing_skus": parts}
    bad = line | {"id": "577086512123755122", "sale_price": "twelve"}
    order = raw_order(line_items=[line, bad], packages=[{"id": "1"}, {"id": "2"}])
    turned = json.loads(json.dumps(order))
    for place in {
        "lines": [turned["line_items"]],
        "packages": [turned["packages"]],
        "taxes": [unit["item_tax"] for unit in turned["line_items"]],
        "parts": [unit["combined_listing_skus"] for unit in turned["line_items"]],
    }[of]:
        place.reverse()
    assert turned != order
    for n in range(4):
        home.now += timedelta(minutes=15)
        await home.fetch(turned if n % 2 else order)
    (snapshot,) = await home.snapshots()
    assert snapshot.problems == ("line_items[1].sale_price",)
