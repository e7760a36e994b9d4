"""What orderCreate refuses: user errors, and no order."""

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, address, line, money, tax

TAGS_251 = ",".join(map(str, range(251)))


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
            ["order", "shippingAddress", "province"],
            "State is not a valid state in United States",
        ),
        ({"note": "x" * 5_001}, ["order", "note"], "Note is too long (maximum is 5000 characters)"),
        (
            {"customer": {"toUpsert": {"email": "a@x.us", "firstName": "x" * 256}}},
            ["order", "customer", "toUpsert", "firstName"],
            "First name is too long (maximum is 255 characters)",
        ),
        (
            {"customer": {"toUpsert": {"email": "a@x.us", "lastName": "x" * 256}}},
            ["order", "customer", "toUpsert", "lastName"],
            "Last name is too long (maximum is 255 characters)",
        ),
        (
            {"customer": {"toUpsert": {"email": "a@x.us", "note": "x" * 5_001}}},
            ["order", "customer", "toUpsert", "note"],
            "Note is too long (maximum is 5000 characters)",
        ),
        (
            {"customer": {"toUpsert": {"email": "a@x.us", "tags": ["x" * 256]}}},
            ["order", "customer", "toUpsert", "tags"],
            "Tags is too long (maximum is 255 characters)",
        ),
        (
            {"customer": {"toUpsert": {"email": "a@x.us", "tags": [TAGS_251]}}},
            ["order", "customer", "toUpsert", "tags"],
            "Tags cannot be more than 250",
        ),
        (
            {"tags": ["x" * 40, "y" * 41]},
            ["order", "tags", "1"],
            "Title Tag exceeds the maximum length of 40 characters",
        ),
        (
            {"lineItems": [line(title="x" * 256)]},
            ["order", "lineItems"],
            "Line items Title is too long (maximum is 255 characters)",
        ),
        (
            {"shippingLines": [{"title": "x" * 256, "priceSet": money("1")}]},
            ["order", "shippingLines"],
            "Shipping lines Title is too long (maximum is 255 characters)",
        ),
        (
            {"shippingAddress": address(address1="x" * 256)},
            ["order", "shippingAddress", "address1"],
            "Address1 is too long (maximum is 255 characters)",
        ),
        (
            {"shippingAddress": address(address2="Blue door 😀")},
            ["order", "shippingAddress", "address2"],
            "Address2 cannot contain emojis",
        ),
        (
            {"shippingAddress": address(city="<b>Town")},
            ["order", "shippingAddress", "city"],
            "City cannot contain HTML tags",
        ),
        (
            {"shippingAddress": address(zip="94103 https://x")},
            ["order", "shippingAddress", "zip"],
            "Zip cannot contain URL",
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


async def test_texts_of_just_the_longest_size_pass(shopify: InProcessShopify) -> None:
    longest = "é" * 255
    payload = await shopify.try_create(
        note="x" * 5_000,
        tags=["x" * 40],
        lineItems=[line(title=longest)],
        shippingAddress=address(firstName=longest, address1=longest),
        customer={"toUpsert": {"email": "a@x.us", "firstName": longest}},
    )
    assert payload["userErrors"] == []


@pytest.mark.parametrize(
    "phone", ["2135550147", "12135550147", "+1 (213) 555-0147", "(+1)2135550147", "+8613800138000"]
)
async def test_a_phone_of_its_plans_length_passes(shopify: InProcessShopify, phone: str) -> None:
    payload = await shopify.try_create(phone=phone, shippingAddress=address(phone=phone))
    assert payload["userErrors"] == []


@pytest.mark.parametrize(
    "phone",
    ["13555014", "+1213555014", "12135550147890", "+12135550147890", "2135550147 ext. 22", "+abc"],
)
async def test_a_phone_of_another_length_is_refused(shopify: InProcessShopify, phone: str) -> None:
    payload = await shopify.try_create(phone=phone, shippingAddress=address(phone=phone))
    assert [(error["field"], error["message"]) for error in payload["userErrors"]] == [
        (["order", "phone"], "Phone is invalid"),
        (["order", "shippingAddress", "phone"], "Phone is invalid"),
    ]


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
