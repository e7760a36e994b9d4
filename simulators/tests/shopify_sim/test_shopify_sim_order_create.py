"""orderCreate: what is stored, what is refused, what happens beside it."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, address, line, money

TOTALS = """
subtotalPriceSet { shopMoney { amount } } totalShippingPriceSet { shopMoney { amount } }
totalTaxSet { shopMoney { amount } } totalDiscountsSet { shopMoney { amount } }
totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount } }
totalOutstandingSet { shopMoney { amount } } totalReceivedSet { shopMoney { amount } }
displayFinancialStatus capturable totalCapturableSet { shopMoney { amount } }
transactions { kind status gateway } paymentGatewayNames discountCodes
lineItems(first: 9) { nodes {
  discountAllocations { allocatedAmountSet { shopMoney { amount } } } } }
"""


def amount(order: Json, name: str) -> Any:
    return order[name]["shopMoney"]["amount"]


def tax(shopify: InProcessShopify, sum_: str, **more: Any) -> Any:
    return {"title": "Tax", "rate": "0.08", "priceSet": money(sum_), **more}


def sale(shopify: InProcessShopify, sum_: str, **more: Any) -> Any:
    return {"gateway": "TikTok Shop", "amountSet": money(sum_), **more}


async def test_sums_add_up_and_amounts_lose_their_trailing_zeros(shopify: InProcessShopify) -> None:
    gid = await shopify.create(
        lineItems=[
            line(priceSet=money("24.99"), taxLines=[tax(shopify, "3.60")]),
            {"title": "Tote", "quantity": 1, "priceSet": money("12.50")},
        ],
        shippingLines=[
            {"title": "Standard", "priceSet": money("4.00")},
            {"title": "Fee", "priceSet": money("0"), "taxLines": [tax(shopify, "0.40")]},
        ],
    )
    order = await shopify.read(gid, TOTALS)
    names = ("subtotalPriceSet", "totalShippingPriceSet", "totalTaxSet", "totalPriceSet")
    assert [amount(order, name) for name in names] == ["62.48", "4.0", "4.0", "70.48"]
    assert amount(order, "totalDiscountsSet") == "0.0"
    assert order["totalPriceSet"]["presentmentMoney"]["amount"] == "70.48"


async def test_a_fixed_discount_lowers_the_subtotal_and_is_shared_by_the_lines(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(
        lineItems=[line(quantity=1, priceSet=money(price)) for price in ("10", "10", "10")],
        shippingLines=[{"title": "S", "priceSet": money("4")}],
        discountCode={"itemFixedDiscountCode": {"code": "MATH5", "amountSet": money("5.00")}},
    )
    order = await shopify.read(gid, TOTALS)
    assert [amount(order, name) for name in ("subtotalPriceSet", "totalPriceSet")] == [
        "25.0",
        "29.0",
    ]
    parts = [
        one["discountAllocations"][0]["allocatedAmountSet"]["shopMoney"]["amount"]
        for one in order["lineItems"]["nodes"]
    ]
    assert parts == ["1.67", "1.67", "1.66"]
    assert order["discountCodes"] == ["MATH5"]


async def test_included_taxes_are_not_added(shopify: InProcessShopify) -> None:
    lines = [line(quantity=1, taxLines=[tax(shopify, "2.00")])]
    order = await shopify.read(await shopify.create(lineItems=lines, taxesIncluded=True), TOTALS)
    assert (amount(order, "totalTaxSet"), amount(order, "totalPriceSet")) == ("2.0", "24.99")


async def test_a_missing_presentment_amount_shows_zero_in_another_currency(
    shopify: InProcessShopify,
) -> None:
    price = {**money("5"), "presentmentMoney": {"amount": "4", "currencyCode": "EUR"}}
    lines = [line(quantity=1, priceSet=price), line(quantity=1)]
    gid = await shopify.create(lineItems=lines, presentmentCurrency="EUR")
    total = (await shopify.read(gid, TOTALS))["totalPriceSet"]
    assert (total["shopMoney"]["amount"], total["presentmentMoney"]["amount"]) == ("29.99", "4.0")


@pytest.mark.parametrize(
    ("transaction", "status", "outstanding", "capturable"),
    [
        ({"sum": "49.98"}, "PAID", "0.0", False),
        ({"sum": "20"}, "PARTIALLY_PAID", "29.98", False),
        (None, None, "49.98", False),
        ({"sum": "49.98", "kind": "AUTHORIZATION"}, "AUTHORIZED", "0.0", True),
        ({"sum": "49.98", "status": "PENDING"}, "PENDING", "49.98", False),
    ],
)
async def test_the_financial_status_follows_from_the_transaction(
    shopify: InProcessShopify,
    transaction: Json | None,
    status: str | None,
    outstanding: str,
    capturable: bool,
) -> None:
    given = dict(transaction or {})
    transactions = [sale(shopify, given.pop("sum"), **given)] if given else []
    order = await shopify.read(await shopify.create(transactions=transactions), TOTALS)
    shown = (order["displayFinancialStatus"], amount(order, "totalOutstandingSet"))
    assert (*shown, order["capturable"]) == (status, outstanding, capturable)


async def test_a_status_that_was_sent_stays_against_the_transactions(
    shopify: InProcessShopify,
) -> None:
    order = await shopify.read(await shopify.create(financialStatus="PAID"), TOTALS)
    assert order["displayFinancialStatus"] == "PAID"
    assert amount(order, "totalOutstandingSet") == "49.98"


async def test_the_gateway_is_the_text_that_was_sent(shopify: InProcessShopify) -> None:
    order = await shopify.read(await shopify.create(transactions=[sale(shopify, "49.98")]), TOTALS)
    assert order["paymentGatewayNames"] == ["TikTok Shop"]
    assert order["transactions"] == [
        {"kind": "SALE", "status": "SUCCESS", "gateway": "TikTok Shop"}
    ]


async def test_tags_are_sorted_and_names_count_up(shopify: InProcessShopify) -> None:
    first = await shopify.create(tags=["b", "A", "b"])
    assert (await shopify.read(first, "tags name"))["tags"] == ["A", "b"]
    names = [(await shopify.read(gid, "name"))["name"] for gid in (first, await shopify.create())]
    assert names == ["#1001", "#1002"]


async def test_names_may_repeat_and_are_cut(shopify: InProcessShopify) -> None:
    gids = [await shopify.create(name="T" * 300) for _ in range(2)]
    assert {(await shopify.read(gid, "name"))["name"] for gid in gids} == {"T" * 255}


async def test_a_linked_line_keeps_what_was_sent_and_an_unlinked_one_has_no_variant(
    shopify: InProcessShopify,
) -> None:
    lines = [
        line(title="Sent", sku="SENT", properties=[{"name": "_id", "value": "1"}]),
        {"title": "Tote", "quantity": 1},
    ]
    gid = await shopify.create(lineItems=lines)
    selection = """lineItems(first: 5) { nodes {
        title sku variantTitle requiresShipping variant { id } customAttributes { key value } } }"""
    linked, unlinked = (await shopify.read(gid, selection))["lineItems"]["nodes"]
    assert (linked["title"], linked["sku"], linked["variantTitle"]) == ("Sent", "SENT", None)
    assert linked["customAttributes"] == [{"key": "_id", "value": "1"}]
    assert linked["variant"] is not None
    assert (unlinked["variant"], unlinked["requiresShipping"]) == (None, False)


async def test_only_lines_that_require_shipping_get_a_fulfillment_order_at_once(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(lineItems=[line(), {"title": "Digital", "quantity": 1}])
    selection = """displayFulfillmentStatus fulfillmentOrders(first: 5) { nodes { status
        requestStatus supportedActions { action } lineItems(first: 5) { nodes {
        totalQuantity remainingQuantity lineItem { title } } } } }"""
    order = await shopify.read(gid, selection)
    (only,) = order["fulfillmentOrders"]["nodes"]
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert (only["status"], only["requestStatus"]) == ("OPEN", "UNSUBMITTED")
    assert [one["action"] for one in only["supportedActions"]] == [
        "CREATE_FULFILLMENT",
        "MOVE",
        "HOLD",
        "SPLIT",
    ]
    assert [one["lineItem"]["title"] for one in only["lineItems"]["nodes"]] == ["Classic Tee"]


async def test_variants_at_two_locations_get_two_fulfillment_orders(
    shopify: InProcessShopify,
) -> None:
    variants = [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "location": "Annex"}]
    await shopify.put(variants=variants)
    lines = [line(variantId=f"gid://shopify/ProductVariant/{at}") for at in (1, 2)]
    gid = await shopify.create(lineItems=lines)
    selection = "fulfillmentOrders(first: 5) { nodes { assignedLocation { name } } }"
    nodes = (await shopify.read(gid, selection))["fulfillmentOrders"]["nodes"]
    assert [one["assignedLocation"]["name"] for one in nodes] == ["Shop location", "Annex"]


async def test_the_order_date_is_what_was_sent_but_never_later_than_now(
    shopify: InProcessShopify,
) -> None:
    past = (await shopify.try_create(processedAt="2026-01-02T03:04:05+01:00"))["order"]
    future = (await shopify.try_create(processedAt="2036-01-01T00:00:00Z"))["order"]
    assert past["processedAt"] == "2026-01-02T02:04:05Z"
    assert future["processedAt"] == (await shopify.read(future["id"], "createdAt"))["createdAt"]


async def test_before_2026_07_a_future_order_date_is_refused(shopify: InProcessShopify) -> None:
    query = """mutation M($order: OrderCreateOrderInput!) {
        orderCreate(order: $order) { userErrors { code field } } }"""
    order = {"lineItems": [line()], "processedAt": "2036-01-01T00:00:00Z"}
    result = await shopify.graph_of("2026-04", query, order=order)
    assert result["data"]["orderCreate"]["userErrors"] == [
        {"code": "PROCESSED_AT_INVALID", "field": ["order", "processedAt"]}
    ]


async def test_a_source_name_is_kept_only_if_it_is_defined(shopify: InProcessShopify) -> None:
    unknown = await shopify.create(sourceName="tiktok-shop")
    assert (await shopify.read(unknown, "sourceName"))["sourceName"].isdigit()
    await shopify.ask(
        """mutation { orderAttributionDefinitionUpsert(
            input: {handle: "tiktok-shop", displayName: "TikTok Shop"})
            { userErrors { message } } }"""
    )
    known = await shopify.create(sourceName="tiktok-shop")
    assert (await shopify.read(known, "sourceName"))["sourceName"] == "tiktok-shop"


async def test_an_address_without_a_last_name_is_dropped_without_an_error(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(shippingAddress=address(lastName=" "), billingAddress=address())
    order = await shopify.read(gid, "shippingAddress { city } billingAddress { city province }")
    assert order["shippingAddress"] is None
    assert order["billingAddress"] == {"city": "San Francisco", "province": "California"}
    assert (await shopify.orders())[0]["flags"] == ["shippingAddress dropped: no last name"]


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
    assert [(one["field"], one["message"]) for one in errors] == [
        (["order"], "Order Line items is invalid"),
        (["order", "lineItems"], "Line items Name can't be blank"),
        (["order", "lineItems"], "Line items Title can't be blank"),
    ]
    await shopify.put(missing_variant="unlink")
    assert (await shopify.try_create(lineItems=lines))["userErrors"] == []


async def test_tax_lines_on_both_levels_are_refused(shopify: InProcessShopify) -> None:
    lines = [line(taxLines=[tax(shopify, "1")])]
    payload = await shopify.try_create(lineItems=lines, taxLines=[tax(shopify, "1")])
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


async def test_flags_that_mail_somebody_are_shown(shopify: InProcessShopify) -> None:
    await shopify.create({"sendReceipt": True})
    await shopify.create()
    assert [one["mails"] for one in await shopify.orders()] == [["receipt"], []]


async def test_a_development_store_takes_five_orders_a_minute(shopify: InProcessShopify) -> None:
    await shopify.put(plan="dev")
    for _ in range(5):
        await shopify.create()
    payload = await shopify.try_create()
    message = "Too many attempts. Please try again later."
    assert payload == {
        "order": None,
        "userErrors": [{"code": None, "field": None, "message": message}],
    }
    shopify.pass_time(61)
    await shopify.create()
    assert len(await shopify.orders()) == 6


@pytest.mark.parametrize(
    ("behaviour", "left"),
    [(None, 1), ("BYPASS", 1), ("DECREMENT_IGNORING_POLICY", -1)],
)
async def test_stock_is_taken_only_when_asked_for(
    shopify: InProcessShopify, behaviour: str | None, left: int
) -> None:
    gid = "gid://shopify/ProductVariant/7"
    await shopify.put(variants=[{"id": gid, "title": "x", "quantity": 1}])
    options = {"inventoryBehaviour": behaviour} if behaviour else None
    await shopify.create(options, lineItems=[line(variantId=gid)])
    query = "query Q($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
    assert (await shopify.ask(query, id=gid))["inventoryQuantity"] == left


async def test_obeying_the_policy_refuses_what_is_not_in_stock(shopify: InProcessShopify) -> None:
    options = {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"}
    for policy, refused in (("DENY", True), ("CONTINUE", False)):
        gid = "gid://shopify/ProductVariant/7"
        await shopify.put(variants=[{"id": gid, "title": "x", "quantity": 1, "policy": policy}])
        payload = await shopify.try_create(options, lineItems=[line(variantId=gid)])
        codes = [one["code"] for one in payload["userErrors"]]
        assert codes == (["INVENTORY_CLAIM_FAILED"] if refused else [])


async def test_a_fulfilment_in_the_order_covers_all_lines(shopify: InProcessShopify) -> None:
    given = {"locationId": "gid://shopify/Location/1", "trackingNumber": "9400"}
    gid = await shopify.create(fulfillment={**given, "trackingCompany": "USPS"})
    selection = "displayFulfillmentStatus fulfillments { totalQuantity trackingInfo { number } }"
    order = await shopify.read(gid, selection)
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert order["fulfillments"] == [{"totalQuantity": 2, "trackingInfo": [{"number": "9400"}]}]


async def test_the_same_call_twice_makes_two_orders(shopify: InProcessShopify) -> None:
    await shopify.create(sourceIdentifier="576")
    await shopify.create(sourceIdentifier="576")
    assert len(await shopify.orders()) == 2
