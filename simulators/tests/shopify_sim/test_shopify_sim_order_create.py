"""orderCreate: what is stored, what is refused, what happens beside it."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, address, line, money, tax

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


def sale(sum_: str, **more: Any) -> Any:
    return {"gateway": "TikTok Shop", "amountSet": money(sum_), **more}


async def test_sums_add_up_and_amounts_lose_their_trailing_zeros(shopify: InProcessShopify) -> None:
    gid = await shopify.create(
        lineItems=[
            line(priceSet=money("24.99"), taxLines=[tax("3.60")]),
            {"title": "Tote", "quantity": 1, "priceSet": money("12.50")},
        ],
        shippingLines=[
            {"title": "Standard", "priceSet": money("4.00")},
            {"title": "Fee", "priceSet": money("0"), "taxLines": [tax("0.40")]},
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
        node["discountAllocations"][0]["allocatedAmountSet"]["shopMoney"]["amount"]
        for node in order["lineItems"]["nodes"]
    ]
    assert parts == ["1.67", "1.67", "1.66"]
    assert order["discountCodes"] == ["MATH5"]


async def test_included_taxes_are_not_added(shopify: InProcessShopify) -> None:
    lines = [line(quantity=1, taxLines=[tax("2.00")])]
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
    transactions = [sale(given.pop("sum"), **given)] if given else []
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
    order = await shopify.read(await shopify.create(transactions=[sale("49.98")]), TOTALS)
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
    assert [action["action"] for action in only["supportedActions"]] == [
        "CREATE_FULFILLMENT",
        "MOVE",
        "HOLD",
        "SPLIT",
    ]
    assert [node["lineItem"]["title"] for node in only["lineItems"]["nodes"]] == ["Classic Tee"]


async def test_variants_at_two_locations_get_two_fulfillment_orders(
    shopify: InProcessShopify,
) -> None:
    variants = [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "location": "Annex"}]
    await shopify.put(variants=variants)
    lines = [line(variantId=f"gid://shopify/ProductVariant/{at}") for at in (1, 2)]
    gid = await shopify.create(lineItems=lines)
    selection = "fulfillmentOrders(first: 5) { nodes { assignedLocation { name } } }"
    nodes = (await shopify.read(gid, selection))["fulfillmentOrders"]["nodes"]
    assert [node["assignedLocation"]["name"] for node in nodes] == ["Shop location", "Annex"]


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
