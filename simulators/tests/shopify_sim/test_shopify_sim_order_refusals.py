"""What orderCreate refuses: user errors, and no order."""

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, line, tax


@pytest.mark.parametrize(
    ("order", "field", "message"),
    [
        ({"lineItems": []}, ["order", "lineItems"], "Line items must have at least one line item"),
        (
            {"lineItems": None},
            ["order", "lineItems"],
            "Line items must have at least one line item",
        ),
        ({"phone": "+1 415*****23"}, ["order", "phone"], "Phone is invalid"),
        (
            {"shippingAddress": {"lastName": "x", "phone": "(+1)415*****23"}},
            ["order", "shippingAddress", "phone"],
            "Phone is invalid",
        ),
        (
            {"shippingAddress": {"lastName": "x", "countryCode": "US", "provinceCode": "XX"}},
            ["order", "shippingAddress", "provinceCode"],
            "State is not a valid state in United States",
        ),
        ({"email": "v***@x.us"}, ["order", "email"], "Email is invalid"),
        (
            {"customer": {"toUpsert": {"phone": "*****"}}},
            ["order", "customer", "toUpsert", "phone"],
            "Phone is invalid",
        ),
        (
            {"customer": {"toAssociate": {"email": "no@body.us"}}},
            ["order", "customer", "toAssociate"],
            "Customer does not exist",
        ),
    ],
)
async def test_bad_input_is_a_user_error_and_makes_no_order(
    shopify: InProcessShopify, order: Json, field: list[str], message: str
) -> None:
    payload = await shopify.try_create(**order)
    assert payload["order"] is None
    assert payload["userErrors"] == [{"code": "INVALID", "field": field, "message": message}]
    assert await shopify.orders() == []


async def test_a_variant_that_is_gone_is_refused_with_the_three_recorded_errors(
    shopify: InProcessShopify,
) -> None:
    lines = [line(variantId="gid://shopify/ProductVariant/1")]
    errors = (await shopify.try_create(lineItems=lines))["userErrors"]
    assert [(error["field"], error["message"]) for error in errors] == [
        (["order"], "Order Line items is invalid"),
        (["order", "lineItems"], "Line items Name can't be blank"),
        (["order", "lineItems"], "Line items Title can't be blank"),
    ]
    await shopify.put(missing_variant="unlink")
    assert (await shopify.try_create(lineItems=lines))["userErrors"] == []


async def test_tax_lines_on_both_levels_are_refused(shopify: InProcessShopify) -> None:
    lines = [line(taxLines=[tax("1")])]
    payload = await shopify.try_create(lineItems=lines, taxLines=[tax("1")])
    assert "either order or line item but not both" in payload["userErrors"][0]["message"]


async def test_both_ways_to_name_a_customer_are_redundant(shopify: InProcessShopify) -> None:
    customer = {"toUpsert": {"email": "planted@example.com"}}
    payload = await shopify.try_create(customer=customer, customerId="gid://shopify/Customer/1")
    assert payload["userErrors"][0]["code"] == "REDUNDANT_CUSTOMER_FIELDS"


async def test_money_in_another_currency_than_the_order_is_refused(
    shopify: InProcessShopify,
) -> None:
    price = {"shopMoney": {"amount": "1", "currencyCode": "EUR"}}
    payload = await shopify.try_create(lineItems=[line(priceSet=price)])
    assert "currency must be provided" in payload["userErrors"][0]["message"]


async def test_two_kinds_of_discount_are_refused(shopify: InProcessShopify) -> None:
    code = {
        "freeShippingDiscountCode": {"code": "A"},
        "itemPercentageDiscountCode": {"code": "B", "percentage": 10},
    }
    assert (await shopify.try_create(discountCode=code))["order"] is None
