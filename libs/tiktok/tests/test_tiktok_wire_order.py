import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libs.tiktok.tests.recorded_tiktok import golden

from tiktok.wire.orders import LineItem, Order, Payment
from tiktok.wire.reading import read
from tiktok.wire.values import amount, moment


@pytest.fixture
def raw() -> dict[str, Any]:
    order: dict[str, Any] = golden("orders_search")["data"]["orders"][0]
    return order


def test_an_order_is_read_whole(raw: dict[str, Any]) -> None:
    order = read(Order, raw)
    assert order.problems == ()
    assert order.unknown_fields == ()
    assert order.status == "AWAITING_SHIPMENT"
    assert moment(order.paid_time) == datetime(2025, 11, 21, 18, 4, 35, tzinfo=UTC)
    assert order.packages[0].id == "1152321127278713123"
    assert order.is_on_hold_order
    tee, gift = order.line_items
    assert amount(tee.sale_price) == Decimal("19.99")
    assert amount(tee.item_tax[0].tax_rate) == Decimal("0.08")
    assert tee.retail_delivery_fee == "0.28"
    assert gift.is_gift
    assert amount(order.payment.total_amount) == Decimal("26.86")
    address = order.recipient_address
    levels = [(level.address_level_name, level.address_name) for level in address.district_info]
    assert ("State", "Massachusetts") in levels
    assert ("city", "Springfield") in levels
    assert address.delivery_preferences.drop_off_location == "Front Door"


@pytest.mark.parametrize("empty", ["", None, "absent"])
def test_absent_empty_and_null_are_alike(raw: dict[str, Any], empty: str | None) -> None:
    for holder in (raw, raw["payment"], raw["line_items"][0]):
        for name in ("paid_time", "tax", "seller_sku", "buyer_message", "is_gift", "packages"):
            if empty == "absent":
                holder.pop(name, None)
            elif name in holder:
                holder[name] = empty
    order = read(Order, raw)
    assert order.problems == ()
    assert order.paid_time is None
    assert order.payment.tax is None
    assert order.line_items[0].seller_sku == ""
    assert not order.line_items[0].is_gift
    assert order.packages == ()
    assert order.buyer_message == ""


def test_ids_and_money_that_are_numbers_become_text() -> None:
    raw = json.loads(
        '{"id":576478923456789012,"line_items":[{"sku_id":17,"sale_price":4.90,"platform_discount":0}]}',
        parse_float=Decimal,
    )
    order = read(Order, raw)
    assert order.problems == ()
    assert order.id == "576478923456789012"
    assert order.line_items[0].sku_id == "17"
    assert amount(order.line_items[0].sale_price) == Decimal("4.90")


@pytest.mark.parametrize("money", ["abc", "1,99", "NaN", "1e5", "--1", "9" * 40])
def test_money_that_is_no_number_is_kept_and_named(raw: dict[str, Any], money: str) -> None:
    raw["payment"]["total_amount"] = money
    raw["line_items"][1]["item_tax"] = [{"tax_amount": money}]
    order = read(Order, raw)
    assert order.problems == ("line_items[1].item_tax[0].tax_amount", "payment.total_amount")
    assert order.payment.total_amount == money
    assert amount(order.payment.total_amount) is None
    assert money not in str(order.problems)


def test_a_value_of_an_unusable_type_is_left_out_and_named(raw: dict[str, Any]) -> None:
    raw["payment"]["total_amount"] = {"amount": "1"}
    raw["line_items"][0]["sale_price"] = [1]
    raw["line_items"][0]["item_tax"] = "none"
    raw["update_time"] = "yesterday"
    raw["delivery_time"] = 99_999_999_999_999
    raw["is_cod"] = "perhaps"
    raw["recipient_address"] = "12 Elm Street"
    order = read(Order, raw)
    assert set(order.problems) == {
        "payment.total_amount",
        "line_items[0].sale_price",
        "line_items[0].item_tax",
        "update_time",
        "delivery_time",
        "is_cod",
        "recipient_address",
    }
    assert order.payment.total_amount is None
    assert order.payment.sub_total == "19.99"
    assert order.line_items[0].item_tax == ()
    assert order.line_items[0].seller_sku == "TEE-BLK-M"
    assert order.recipient_address.name == ""


def test_a_unit_that_cannot_be_read_still_counts_as_a_unit(raw: dict[str, Any]) -> None:
    raw["line_items"] = ["nonsense", raw["line_items"][0], 7]
    order = read(Order, raw)
    assert order.problems == ("line_items[2]", "line_items[1]")  # after the units
    assert [line.sku_id for line in order.line_items] == ["1729582718312380123", "", ""]


def test_lines_that_are_no_list_are_named(raw: dict[str, Any]) -> None:
    raw["line_items"] = "nonsense"
    order = read(Order, raw)
    assert order.problems == ("line_items",)
    assert order.line_items == ()


def test_unknown_fields_are_named_once_and_their_values_forgotten(raw: dict[str, Any]) -> None:
    raw["brand_new"] = "Kim Planted"
    for line in raw["line_items"]:
        line["newer"] = {"deep": "Kim Planted"}
    raw["payment"]["fee_of_2027"] = "1"
    raw["12 Elm Street"] = 1
    order = read(Order, raw)
    assert set(order.unknown_fields) == {
        "brand_new",
        "line_items[].newer",
        "payment.fee_of_2027",
        "?",
    }
    assert order.problems == ()
    assert "Elm" not in str(order.unknown_fields)


def test_our_own_notes_cannot_be_sent_to_us(raw: dict[str, Any]) -> None:
    raw["problems"] = ["planted"]
    order = read(Order, raw)
    assert order.problems == ()
    assert order.unknown_fields == ("problems",)


def test_the_raw_order_is_left_as_it_was(raw: dict[str, Any]) -> None:
    raw["line_items"].append("nonsense")
    before = copy.deepcopy(raw)
    read(Order, raw)
    assert raw == before


def test_nobody_is_recognised_in_a_repr(raw: dict[str, Any]) -> None:
    shown = repr(read(Order, raw)) + str(read(Order, raw))
    for personal in ("Planted", "planted", "Elm", "0147", "01103", "Springfield", "Massachusetts"):
        assert personal not in shown


def test_an_empty_order_is_an_order() -> None:
    assert read(Order, {}) == Order()


def test_unset_times_are_none() -> None:
    assert moment(0) is None
    assert moment(None) is None


@pytest.mark.parametrize(("text", "value"), [(" 4.9 ", "4.9"), ("0", "0"), ("-1.50", "-1.50")])
def test_money_is_read_as_decimal(text: str, value: str) -> None:
    assert amount(text) == Decimal(value)


NAMES = st.sampled_from(
    sorted({*Order.model_fields, *LineItem.model_fields, *Payment.model_fields, "new", ""})
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_reading_never_raises(raw: dict[str, Any]) -> None:
    order = read(Order, raw)
    for line in order.line_items:
        amount(line.sale_price)
    moment(order.update_time)
