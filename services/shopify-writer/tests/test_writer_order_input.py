"""The draft and the buyer → the input of orderCreate, row by row of the field mapping."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLInputObjectType, GraphQLSchema, build_schema
from graphql.utilities import validate_input_value
from tests.world.story import BUYER, ORDER_ID
from tests.world.writer import a_draft

from mapping.recipient import Buyer, Recipient
from ordersync_contracts import events
from shopify_jobs.left_out import LeftOut
from shopify_writer.creation.order_input import digest, to_variables

NOBODY = Buyer()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The simulator's copy of Admin GraphQL 2026-10, which is compared with the official one."""
    return build_schema(files("simulators.shopify").joinpath("schema.graphql").read_text("utf-8"))


def order_of(draft: events.ShopifyOrderDraft, buyer: Buyer = NOBODY) -> dict[str, Any]:
    variables, _ = to_variables(draft, buyer, LeftOut())
    order: dict[str, Any] = variables["order"]
    return order


def usd(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def keys(value: Any) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_the_whole_input() -> None:
    buyer = Buyer(BUYER, "Ring twice")
    variables, left_out = to_variables(a_draft(), buyer, LeftOut())
    assert left_out == ()
    assert variables == {
        "order": {
            "currency": "USD",
            "processedAt": "2026-11-25T09:00:00+00:00",
            "sourceIdentifier": ORDER_ID,
            "tags": ["TikTok Shop"],
            "note": "Ring twice",
            "customAttributes": [
                {"key": "Channel", "value": "TikTok Shop - Harbor & Pine"},
                {"key": "TikTok Shop Order ID", "value": ORDER_ID},
                {"key": "Shipping Method", "value": "TikTok Shipping"},
            ],
            "buyerAcceptsMarketing": False,
            "taxesIncluded": False,
            "financialStatus": "PAID",
            "lineItems": [
                {
                    "variantId": "gid://shopify/ProductVariant/1",
                    "title": "Stoneware mug 11 oz",
                    "variantTitle": "Blue",
                    "sku": "MUG-BLUE-11",
                    "quantity": 1,
                    "priceSet": usd("18.50"),
                    "requiresShipping": True,
                    "taxLines": [
                        {
                            "title": "Sales tax",
                            "rate": "0.08",
                            "priceSet": usd("1.48"),
                            "channelLiable": True,
                        }
                    ],
                    "properties": [
                        {"name": "_tiktok_line_ids", "value": "577086512123755121"},
                        {"name": "_tiktok_sku_id", "value": "2729382476852921560"},
                    ],
                }
            ],
            "shippingLines": [
                {
                    "title": "Standard shipping",
                    "source": "TikTok Shop",
                    "priceSet": usd("4.99"),
                    "taxLines": [],
                }
            ],
            "transactions": [
                {
                    "kind": "SALE",
                    "status": "SUCCESS",
                    "gateway": "TikTok Shop",
                    "processedAt": "2026-11-25T10:00:00+00:00",
                    "amountSet": usd("24.97"),
                }
            ],
            "metafields": [
                {"namespace": "$app", "key": "tiktok_order_id", "type": "id", "value": ORDER_ID}
            ],
            "shippingAddress": {
                "firstName": "Petra",
                "lastName": "Plantedbuyer",
                "address1": "77 Planted Parkway",
                "address2": "Suite 100",
                "city": "Los Angeles",
                "provinceCode": "CA",
                "countryCode": "US",
                "zip": "90066",
                "phone": "+12135550147",
            },
            "customer": {
                "toUpsert": {
                    "email": "v2planted@chat.seller.tiktok.com",
                    "firstName": "Petra",
                    "lastName": "Plantedbuyer",
                }
            },
        },
        "options": {
            "inventoryBehaviour": "DECREMENT_IGNORING_POLICY",
            "sendReceipt": False,
            "sendFulfillmentReceipt": False,
        },
    }


@pytest.mark.parametrize("with_buyer", [True, False])
def test_the_api_knows_every_key_and_takes_every_value(
    schema: GraphQLSchema, with_buyer: bool
) -> None:
    custom = a_draft().lines[0].model_copy(update={"variant_id": None, "sku": ""})
    buyer = Buyer(BUYER, "Ring twice") if with_buyer else Buyer()
    variables, _ = to_variables(a_draft(lines=(*a_draft().lines, custom)), buyer, LeftOut())
    problems: list[str] = []

    def refuse(error: GraphQLError, path: list[str | int]) -> None:
        problems.append(f"{path}: {error.message}")

    types = {"order": "OrderCreateOrderInput", "options": "OrderCreateOptionsInput"}
    for name, type_name in types.items():
        known = schema.type_map[type_name]
        assert isinstance(known, GraphQLInputObjectType)
        validate_input_value(variables[name], known, refuse)
    assert problems == []


def test_nothing_that_makes_shopify_mail_anyone() -> None:
    variables, _ = to_variables(a_draft(), Buyer(BUYER, "Ring twice"), LeftOut())
    order, options = variables["order"], variables["options"]
    assert not {"email", "phone", "fulfillment", "name", "sourceName", "test"} & set(order)
    assert order["buyerAcceptsMarketing"] is False
    assert (options["sendReceipt"], options["sendFulfillmentReceipt"]) == (False, False)
    assert not {"notifyCustomer", "emailMarketingConsent", "smsMarketingConsent"} & {
        *keys(variables)
    }


def test_the_default_order_number_stays() -> None:
    assert "name" not in order_of(a_draft())


def test_a_free_order_is_paid_without_a_transaction() -> None:
    order = order_of(a_draft(total=Decimal(0)))
    assert order["financialStatus"] == "PAID"
    assert "transactions" not in order


def test_an_order_without_paid_time_was_paid_when_it_was_placed() -> None:
    (transaction,) = order_of(a_draft(paid_at=None))["transactions"]
    assert transaction["processedAt"] == "2026-11-25T09:00:00+00:00"


@pytest.mark.parametrize(
    ("amount", "written"), [("18.5", "18.50"), ("20", "20.00"), ("0", "0.00"), ("0.10", "0.10")]
)
def test_amounts_have_two_decimals(amount: str, written: str) -> None:
    shipping = a_draft().shipping_lines[0].model_copy(update={"price": Decimal(amount)})
    (line,) = order_of(a_draft(shipping_lines=(shipping,)))["shippingLines"]
    assert line["priceSet"]["shopMoney"]["amount"] == written


def test_fees_are_shipping_lines_after_the_first() -> None:
    fee = events.DraftShippingLine(title="Retail delivery fee", price=Decimal("0.28"))
    order = order_of(a_draft(shipping_lines=(*a_draft().shipping_lines, fee)))
    titles = [line["title"] for line in order["shippingLines"]]
    assert titles == ["Standard shipping", "Retail delivery fee"]
    assert len(order["lineItems"]) == 1


def test_taxes_on_shipping_are_collected_by_the_channel() -> None:
    tax = events.DraftTax(title="Sales tax", rate=Decimal("0.0800"), amount=Decimal("0.40"))
    shipping = a_draft().shipping_lines[0].model_copy(update={"taxes": (tax,)})
    (line,) = order_of(a_draft(shipping_lines=(shipping,)))["shippingLines"]
    assert line["taxLines"] == [
        {"title": "Sales tax", "rate": "0.0800", "priceSet": usd("0.40"), "channelLiable": True}
    ]


def test_units_of_one_line_are_named_in_it() -> None:
    line = a_draft().lines[0].model_copy(update={"quantity": 2, "line_ids": ("1", "2")})
    (item,) = order_of(a_draft(lines=(line,)))["lineItems"]
    assert item["quantity"] == 2
    assert item["properties"][0] == {"name": "_tiktok_line_ids", "value": "1,2"}


def test_a_custom_line_has_a_title_and_no_variant() -> None:
    line = a_draft().lines[0].model_copy(update={"variant_id": None})
    (item,) = order_of(a_draft(lines=(line,)))["lineItems"]
    assert "variantId" not in item
    assert (item["title"], item["requiresShipping"]) == ("Stoneware mug 11 oz", True)


@pytest.mark.parametrize(
    "policy", ["DECREMENT_IGNORING_POLICY", "DECREMENT_OBEYING_POLICY", "BYPASS"]
)
def test_the_inventory_is_treated_as_the_shop_set_it(policy: str) -> None:
    variables, _ = to_variables(a_draft(inventory=policy), Buyer(), LeftOut())
    assert variables["options"]["inventoryBehaviour"] == policy


def test_without_a_message_there_is_no_note() -> None:
    assert "note" not in order_of(a_draft(), Buyer(BUYER))


def test_an_absent_buyer_leaves_the_address_out() -> None:
    variables, left_out = to_variables(a_draft(), Buyer(), LeftOut())
    assert left_out == ("address",)
    assert not {"shippingAddress", "customer", "note"} & set(variables["order"])


def test_a_masked_address_is_sent_as_it_is_but_for_its_phone_and_customer_name() -> None:
    masked = Recipient(
        name="P**** P****",
        phone="(+1)213-***-0147",
        email="v2planted@chat.seller.tiktok.com",
        line1="77 ****",
        city="Los Angeles",
        state="California",
        postal_code="90066",
        region="US",
    )
    variables, left_out = to_variables(a_draft(), Buyer(masked), LeftOut())
    order = variables["order"]
    assert left_out == ("phone",)
    assert "phone" not in order["shippingAddress"]
    assert order["shippingAddress"]["address1"] == "77 ****"
    assert order["customer"] == {"toUpsert": {"email": "v2planted@chat.seller.tiktok.com"}}


def test_the_last_name_is_never_empty() -> None:
    nameless = Recipient(line1="77 Planted Parkway", city="Los Angeles", region="US")
    assert order_of(a_draft(), Buyer(nameless))["shippingAddress"]["lastName"] == "-"


@pytest.mark.parametrize(
    ("setting", "email"), [("none", "v2planted@chat.seller.tiktok.com"), ("relay", "")]
)
def test_no_customer_where_none_is_wanted_or_there_is_no_relay_address(
    setting: str, email: str
) -> None:
    buyer = Recipient.from_record({**BUYER.to_record(), "email": email})
    assert "customer" not in order_of(a_draft(customer=setting), Buyer(buyer))


@pytest.mark.parametrize(
    ("part", "said", "absent", "present"),
    [
        (("shippingAddress", "phone"), "phone", "phone", "address1"),
        (("shippingAddress", "zip"), "zip", "zip", "city"),
        (("shippingAddress", "provinceCode"), "province", "provinceCode", "zip"),
        (("shippingAddress",), "address", "shippingAddress", "customer"),
        (("customer",), "customer", "customer", "shippingAddress"),
        (("note",), "note", "note", "shippingAddress"),
    ],
)
def test_a_part_that_shopify_refused_is_left_out_alone(
    part: tuple[str, ...], said: str, absent: str, present: str
) -> None:
    buyer = Buyer(BUYER, "Ring twice")
    variables, left_out = to_variables(a_draft(), buyer, LeftOut(frozenset({part})))
    assert left_out == (said,)
    found = set(keys(variables["order"]))
    assert absent not in found
    assert present in found


def test_texts_above_shopifys_limits_are_cut_and_said() -> None:
    long = Recipient.from_record(
        {**BUYER.to_record(), "first_name": "P" * 256, "line1": "7" * 256, "city": "L" * 255}
    )
    variables, left_out = to_variables(a_draft(), Buyer(long, "x" * 5_001), LeftOut())
    order = variables["order"]
    assert len(order["note"]) == 5_000
    assert len(order["customer"]["toUpsert"]["firstName"]) == 255
    address = order["shippingAddress"]
    assert [len(address[key]) for key in ("firstName", "address1", "city")] == [255, 255, 255]
    assert left_out == (
        "address1 beyond 255 characters",
        "customer's first name beyond 255 characters",
        "first name beyond 255 characters",
        "note beyond 5000 characters",
    )


def test_titles_above_shopifys_limit_are_cut_and_said() -> None:
    draft = a_draft()
    line = draft.lines[0].model_copy(update={"title": "M" * 256, "variant_title": "B" * 300})
    shipping = draft.shipping_lines[0].model_copy(update={"title": "S" * 256})
    shop = draft.attributes[0].model_copy(update={"value": "H" * 256})
    long = draft.model_copy(
        update={
            "lines": (line,),
            "shipping_lines": (shipping,),
            "attributes": (shop, *draft.attributes[1:]),
        }
    )
    variables, left_out = to_variables(long, Buyer(BUYER), LeftOut())
    order = variables["order"]
    assert order["lineItems"][0]["title"] == "M" * 255
    assert order["lineItems"][0]["variantTitle"] == "B" * 255
    assert order["shippingLines"][0]["title"] == "S" * 255
    assert order["customAttributes"][0]["value"] == "H" * 255
    assert left_out == (
        "additional detail beyond 255 characters",
        "item title beyond 255 characters",
        "shipping title beyond 255 characters",
        "variant title beyond 255 characters",
    )


def test_emoji_are_taken_out_of_an_address_and_said() -> None:
    cheerful = {
        "first_name": "Petra \U0001f338",
        "last_name": "\U0001f338",
        "line1": "7 \u2764\ufe0f Way",
    }
    buyer = Buyer(Recipient.from_record({**BUYER.to_record(), **cheerful}), "Ring \U0001f338")
    variables, left_out = to_variables(a_draft(), buyer, LeftOut())
    address = variables["order"]["shippingAddress"]
    found = (address["firstName"], address["lastName"], address["address1"])
    assert found == ("Petra", "-", "7  Way")
    assert variables["order"]["note"] == "Ring \U0001f338"
    assert left_out == (
        "address1 without emoji",
        "first name without emoji",
        "last name without emoji",
    )


def test_the_digest_tells_inputs_apart_and_needs_the_key() -> None:
    variables, _ = to_variables(a_draft(), Buyer(), LeftOut())
    other, _ = to_variables(
        a_draft(placed_at=a_draft().placed_at + timedelta(days=1)), Buyer(), LeftOut()
    )
    assert digest(variables, b"key") == digest(dict(reversed(variables.items())), b"key")
    assert (
        len({digest(variables, b"key"), digest(other, b"key"), digest(variables, b"another")}) == 3
    )


def test_the_buyer_is_in_no_representation() -> None:
    assert "Petra" not in repr(Buyer(BUYER, "Ring twice"))
    assert "Ring" not in repr(Buyer(BUYER, "Ring twice"))
