"""What others do in a store: a person edits or holds an order, a carrier reports."""

from typing import Any

import pytest

from simulators.shopify.in_process import TEE, InProcessShopify, Json, line, money, tax

OTHER = "gid://shopify/ProductVariant/48540157378794"
LINES = """lineItems(first: 9) { nodes { id sku quantity currentQuantity unfulfilledQuantity } }
    fulfillmentOrders(first: 9) { nodes { id status supportedActions { action }
    lineItems(first: 9) { nodes { id totalQuantity remainingQuantity } } } }
    displayFulfillmentStatus"""
SUMS = """displayFinancialStatus subtotalPriceSet { shopMoney { amount } }
    currentSubtotalPriceSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
    currentTotalTaxSet { shopMoney { amount } } totalPriceSet { shopMoney { amount } }
    currentTotalPriceSet { shopMoney { amount } }"""
FULFIL = """mutation F($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
    fulfillment { id } userErrors { message } } }"""
EVENTS = """query R($id: ID!) { fulfillment(id: $id) { displayStatus deliveredAt
    events(first: 9) { nodes { status happenedAt } } } }"""


async def admin(shopify: InProcessShopify, gid: str, action: str, **given: Any) -> Any:
    return await shopify.http.post(f"/_sim/orders/{gid}/{action}", json=given)


async def quantities(shopify: InProcessShopify, gid: str) -> Any:
    order = await shopify.read(gid, LINES)
    lines = [(at["quantity"], at["currentQuantity"]) for at in order["lineItems"]["nodes"]]
    left = [
        [(part["totalQuantity"], part["remainingQuantity"]) for part in node["lineItems"]["nodes"]]
        for node in order["fulfillmentOrders"]["nodes"]
    ]
    return lines, left


async def sums(shopify: InProcessShopify, gid: str) -> Any:
    order = await shopify.read(gid, SUMS)
    return [
        value if isinstance(value, (str, type(None))) else value["shopMoney"]["amount"]
        for value in order.values()
    ]


async def ship(shopify: InProcessShopify, gid: str, company: str, quantity: int = 2) -> Json:
    (node,) = (await shopify.read(gid, LINES))["fulfillmentOrders"]["nodes"]
    part = {"id": node["lineItems"]["nodes"][0]["id"], "quantity": quantity}
    by_order = {"fulfillmentOrderId": node["id"], "fulfillmentOrderLineItems": [part]}
    given = {
        "lineItemsByFulfillmentOrder": [by_order],
        "trackingInfo": {"company": company, "number": "1"},
    }
    made: Json = await shopify.ask(FULFIL, f=given)
    return made


async def test_a_line_that_is_lowered_keeps_its_quantity_and_leaves_less_to_fulfil(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(lineItems=[line(quantity=3)])
    (await admin(shopify, gid, "edit", lines=[{"line": "TEE-BLK-M", "quantity": 1}]))
    assert await quantities(shopify, gid) == ([(3, 1)], [[(1, 1)]])


async def test_a_line_that_is_added_has_a_fulfilment_order_of_its_own(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(lineItems=[line(quantity=3)])
    added = {"variant": OTHER, "quantity": 2}
    await admin(shopify, gid, "edit", lines=[{"line": "TEE-BLK-M", "quantity": 1}], add=[added])
    assert await quantities(shopify, gid) == ([(3, 1), (2, 2)], [[(1, 1)], [(2, 2)]])


async def test_what_is_taken_out_lowers_the_current_sums_with_its_tax(
    shopify: InProcessShopify,
) -> None:
    two = line(quantity=2, priceSet=money("100"), taxLines=[tax("26")])
    gid = await shopify.create(lineItems=[two])
    await admin(shopify, gid, "edit", lines=[{"line": "TEE-BLK-M", "quantity": 1}])
    assert await sums(shopify, gid) == [None, "200.0", "100.0", "26.0", "13.0", "226.0", "113.0"]


async def test_what_is_added_to_a_paid_order_is_still_to_be_paid(
    shopify: InProcessShopify,
) -> None:
    paid = [{"gateway": "x", "amountSet": money("49.98")}]
    gid = await shopify.create(transactions=paid)
    await admin(shopify, gid, "edit", add=[{"variant": OTHER, "quantity": 1}])
    assert (await sums(shopify, gid))[0] == "PARTIALLY_PAID"
    assert (await sums(shopify, gid))[-1] == "74.97"


async def test_taking_all_out_closes_what_there_was_to_fulfil(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    await admin(shopify, gid, "edit", lines=[{"line": "TEE-BLK-M", "quantity": 0}], restock=True)
    order = await shopify.read(gid, LINES)
    assert [node["status"] for node in order["fulfillmentOrders"]["nodes"]] == ["CLOSED"]
    query = "query V($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
    assert (await shopify.ask(query, id=TEE))["inventoryQuantity"] == 1_002


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, "lines, add"),
        ({"lines": [{"line": "none", "quantity": 1}]}, "lines[0].line"),
        ({"lines": [{"line": "TEE-BLK-M", "quantity": 2}]}, "lines[0].quantity"),
        ({"lines": [{"line": "TEE-BLK-M", "quantity": 0}]}, "lines[0].quantity: 1 or more"),
        ({"add": [{"variant": "gid://shopify/ProductVariant/1"}]}, "add[0].variant"),
        ({"add": [{"variant": OTHER, "quantity": 0}]}, "add[0].quantity"),
    ],
)
async def test_an_edit_that_cannot_be_is_named_and_changes_nothing(
    shopify: InProcessShopify, given: Json, names: str
) -> None:
    gid = await shopify.create()
    await ship(shopify, gid, "Other", quantity=1)
    before = await quantities(shopify, gid)
    answer = await admin(shopify, gid, "edit", **given)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(names)
    assert await quantities(shopify, gid) == before


async def test_what_is_held_cannot_be_fulfilled_until_it_is_let_go(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    assert (await admin(shopify, gid, "hold")).status_code == 200
    (node,) = (await shopify.read(gid, LINES))["fulfillmentOrders"]["nodes"]
    assert node["status"] == "ON_HOLD"
    assert {"action": "CREATE_FULFILLMENT"} not in node["supportedActions"]
    (error,) = (await ship(shopify, gid, "USPS"))["userErrors"]
    assert error["message"].endswith("has an unfulfillable status= on_hold.")
    assert (await admin(shopify, gid, "hold")).status_code == 400
    assert (await admin(shopify, gid, "release")).status_code == 200
    assert (await ship(shopify, gid, "USPS"))["userErrors"] == []
    assert (await admin(shopify, gid, "release")).status_code == 400


PLAN = [{"status": "DELIVERED", "after_s": 7_200}, {"status": "IN_TRANSIT", "after_s": 3_600}]


async def test_a_known_carrier_reports_by_itself(shopify: InProcessShopify) -> None:
    await shopify.put(carrier_events=PLAN)
    made = (await ship(shopify, await shopify.create(), "USPS"))["fulfillment"]["id"]
    shown = []
    for _ in range(3):
        read = await shopify.ask(EVENTS, id=made)
        statuses = [event["status"] for event in read["events"]["nodes"]]
        shown.append((read["displayStatus"], statuses))
        shopify.pass_time(3_600)
    assert shown == [
        ("FULFILLED", []),
        ("IN_TRANSIT", ["IN_TRANSIT"]),
        ("DELIVERED", ["IN_TRANSIT", "DELIVERED"]),
    ]


async def test_another_carrier_and_a_cancelled_fulfilment_report_nothing(
    shopify: InProcessShopify,
) -> None:
    await shopify.put(carrier_events=PLAN)
    unknown = (await ship(shopify, await shopify.create(), "My van"))["fulfillment"]["id"]
    cancelled = (await ship(shopify, await shopify.create(), "USPS"))["fulfillment"]["id"]
    query = "mutation C($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }"
    await shopify.ask(query, id=cancelled)
    shopify.pass_time(10_000)
    for gid in (unknown, cancelled):
        assert (await shopify.ask(EVENTS, id=gid))["events"]["nodes"] == []


@pytest.mark.parametrize("plan", [7, [{"status": "LOST", "after_s": 1}], [{"status": "DELIVERED"}]])
async def test_a_wrong_plan_of_a_carrier_is_refused(shopify: InProcessShopify, plan: Any) -> None:
    answer = await shopify.put(carrier_events=plan)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("carrier_events")


async def test_an_order_of_a_draft_has_up_to_499_lines(shopify: InProcessShopify) -> None:
    lines = [line(variantId=None, title=str(at), quantity=1) for at in range(499)]
    url = f"/_sim/orders?shop={shopify.domain}"
    answer = await shopify.http.post(url, json=[{"order": {"lineItems": lines}}])
    gid = answer.json()["orders"][0]["id"]
    read = "lineItems(first: 250) { nodes { title } pageInfo { hasNextPage } }"
    page = (await shopify.read(gid, read))["lineItems"]
    assert (len(page["nodes"]), page["pageInfo"]) == (250, {"hasNextPage": True})
    more = [{"order": {"lineItems": [*lines, line()]}}]
    assert (await shopify.http.post(url, json=more)).status_code == 400
