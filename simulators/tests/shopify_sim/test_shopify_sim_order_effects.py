"""What an order does beside itself: mails, stock, fulfilments, the development limit."""

import pytest

from simulators.shopify.in_process import TEE, InProcessShopify, line


async def test_flags_that_mail_somebody_are_shown(shopify: InProcessShopify) -> None:
    await shopify.create({"sendReceipt": True})
    await shopify.create()
    assert [order["mails"] for order in await shopify.orders()] == [["receipt"], []]


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
    ("behaviour", "left"), [(None, 1), ("BYPASS", 1), ("DECREMENT_IGNORING_POLICY", -1)]
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
        refusal = {
            "code": "INVALID",
            "field": ["order", "lineItems"],
            "message": "Line items Unable to reserve inventory",
        }
        assert payload["userErrors"] == ([refusal] if refused else [])


async def test_stock_that_is_not_counted_never_runs_out(shopify: InProcessShopify) -> None:
    gid = "gid://shopify/ProductVariant/7"
    await shopify.put(variants=[{"id": gid, "title": "x", "quantity": 0, "tracked": False}])
    options = {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"}
    await shopify.create(options, lineItems=[line(variantId=gid)])
    query = "query Q($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
    assert (await shopify.ask(query, id=gid))["inventoryQuantity"] == 0


@pytest.mark.parametrize("status", ["DRAFT", "ARCHIVED"])
async def test_a_product_that_is_not_for_sale_says_so_and_can_be_ordered(
    shopify: InProcessShopify, status: str
) -> None:
    await shopify.put(variants=[{"id": TEE, "title": "x", "status": status}])
    await shopify.create()
    query = f"""{{ productVariants(first: 2, query: "product_status:{status.lower()}") {{
        nodes {{ product {{ status }} }} }} }}"""
    assert (await shopify.ask(query))["nodes"] == [{"product": {"status": status}}]


@pytest.mark.parametrize("field", ["policy", "status"])
async def test_a_variant_of_an_unknown_kind_is_refused(
    shopify: InProcessShopify, field: str
) -> None:
    answer = await shopify.put(variants=[{"id": TEE, field: "SOLD"}])
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"variants[0].{field}: one of")


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
