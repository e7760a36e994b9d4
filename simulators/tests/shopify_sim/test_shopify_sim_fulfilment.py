"""Fulfillment orders, fulfillments, delivery events."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, line

CREATE = """mutation F($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
    fulfillment { id name status displayStatus trackingInfo(first: 5) { company number url } }
    userErrors { field message } } }"""
EVENT = """mutation E($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) {
    fulfillmentEvent { id status happenedAt } userErrors { field message } } }"""
READ = """query R($id: ID!) { fulfillment(id: $id) { status displayStatus inTransitAt deliveredAt
    order { name } events(first: 9) { nodes { status happenedAt } } } }"""
REMAINING = """displayFulfillmentStatus fulfillmentOrders(first: 9) { nodes { id status
    lineItems(first: 9) { nodes { id totalQuantity remainingQuantity } } } }"""


async def open_lines(shopify: InProcessShopify, gid: str) -> Any:
    order = await shopify.read(gid, REMAINING)
    (only,) = order["fulfillmentOrders"]["nodes"]
    return only["id"], [node["id"] for node in only["lineItems"]["nodes"]]


def states(order: Any) -> Any:
    """Of each fulfillment order: its status, and total and remaining quantity of its lines."""
    return [
        (
            node["status"],
            [(part["totalQuantity"], part["remainingQuantity"]) for part in parts],
        )
        for node in order["fulfillmentOrders"]["nodes"]
        for parts in (node["lineItems"]["nodes"],)
    ]


async def fulfil(
    shopify: InProcessShopify, fulfillment_order: str, *lines: tuple[str, int], **more: Any
) -> Any:
    asked = [{"id": gid, "quantity": quantity} for gid, quantity in lines]
    by_order = {"fulfillmentOrderId": fulfillment_order, "fulfillmentOrderLineItems": asked}
    return await shopify.ask(CREATE, f={"lineItemsByFulfillmentOrder": [by_order], **more})


async def fulfilled(shopify: InProcessShopify) -> Any:
    gid = await shopify.create()
    fulfillment_order, (line,) = await open_lines(shopify, gid)
    return gid, (await fulfil(shopify, fulfillment_order, (line, 2)))["fulfillment"]["id"]


async def test_a_whole_fulfilment_closes_its_order_and_links_the_carrier(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    fulfillment_order, (line,) = await open_lines(shopify, gid)
    tracking = {"company": "USPS", "number": "9400"}
    made = (await fulfil(shopify, fulfillment_order, (line, 2), trackingInfo=tracking))[
        "fulfillment"
    ]
    assert (made["name"], made["status"], made["displayStatus"]) == (
        "#1001-F1",
        "SUCCESS",
        "FULFILLED",
    )
    assert made["trackingInfo"][0]["url"].endswith("9400")
    order = await shopify.read(gid, REMAINING)
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert order["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"


async def test_a_part_can_be_fulfilled_twice_until_nothing_is_left(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    fulfillment_order, (line,) = await open_lines(shopify, gid)
    await fulfil(shopify, fulfillment_order, (line, 1))
    assert (await shopify.read(gid, REMAINING))["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    second = await fulfil(shopify, fulfillment_order, (line, 1))
    assert second["fulfillment"]["name"] == "#1001-F2"
    third = await fulfil(shopify, fulfillment_order, (line, 1))
    number = fulfillment_order.rpartition("/")[2]
    assert third["userErrors"] == [
        {
            "field": ["fulfillment"],
            "message": f"Fulfillment order {number} has an unfulfillable status= closed.",
        }
    ]


async def test_an_empty_list_of_lines_means_everything(shopify: InProcessShopify) -> None:
    gid = await shopify.create(lineItems=[line(), line(quantity=1)])
    fulfillment_order, _ = await open_lines(shopify, gid)
    await fulfil(shopify, fulfillment_order)
    assert (await shopify.read(gid, REMAINING))["displayFulfillmentStatus"] == "FULFILLED"


async def test_too_much_of_a_line_and_foreign_lines_are_refused(shopify: InProcessShopify) -> None:
    fulfillment_order, (line,) = await open_lines(shopify, await shopify.create())
    cases = {
        "Invalid fulfillment order line item quantity requested.": (line, 3),
        "Fulfillment order line item does not exist.": (
            "gid://shopify/FulfillmentOrderLineItem/1",
            1,
        ),
    }
    for message, asked in cases.items():
        payload = await fulfil(shopify, fulfillment_order, asked)
        assert payload["userErrors"] == [{"field": ["fulfillment"], "message": message}]


async def test_a_quantity_of_zero_is_refused_first_with_its_place(
    shopify: InProcessShopify,
) -> None:
    payload = await fulfil(shopify, "gid://shopify/FulfillmentOrder/1", ("x", 0))
    (error,) = payload["userErrors"]
    assert error["message"] == "Quantity must be greater than 0"
    assert error["field"][-1] == "quantity"


async def test_an_unknown_fulfillment_order_does_not_exist_and_number_zero_is_no_id(
    shopify: InProcessShopify,
) -> None:
    payload = await fulfil(shopify, "gid://shopify/FulfillmentOrder/1")
    assert payload["userErrors"][0]["message"] == "Fulfillment order does not exist."
    by_order = {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/0"}
    result = await shopify.graph(CREATE, f={"lineItemsByFulfillmentOrder": [by_order]})
    error = result["errors"][0]
    assert (error["message"], error["extensions"]["code"]) == ("invalid id", "RESOURCE_NOT_FOUND")


async def test_fulfillment_orders_of_two_orders_do_not_mix(shopify: InProcessShopify) -> None:
    two = [(await open_lines(shopify, await shopify.create()))[0] for _ in range(2)]
    asked = [{"fulfillmentOrderId": fulfillment_order} for fulfillment_order in two]
    payload = await shopify.ask(CREATE, f={"lineItemsByFulfillmentOrder": asked})
    assert "must belong to the same order. Multiple orders" in payload["userErrors"][0]["message"]


async def test_fulfillment_orders_of_two_locations_do_not_mix(shopify: InProcessShopify) -> None:
    await shopify.put(variants=[{"id": 1, "title": "a"}, {"id": 2, "title": "b", "location": "X"}])
    lines = [line(variantId=f"gid://shopify/ProductVariant/{at}") for at in (1, 2)]
    order = await shopify.read(await shopify.create(lineItems=lines), REMAINING)
    asked = [{"fulfillmentOrderId": node["id"]} for node in order["fulfillmentOrders"]["nodes"]]
    payload = await shopify.ask(CREATE, f={"lineItemsByFulfillmentOrder": asked})
    assert "assigned to a single location" in payload["userErrors"][0]["message"]


async def test_events_set_the_progress_and_repeat_when_repeated(shopify: InProcessShopify) -> None:
    _, fulfillment = await fulfilled(shopify)
    moments = {"IN_TRANSIT": "2026-11-20T10:00:00Z", "DELIVERED": "2026-11-21T10:00:00Z"}
    for status, at in moments.items():
        event = {"fulfillmentId": fulfillment, "status": status, "happenedAt": at}
        assert (await shopify.ask(EVENT, e=event))["fulfillmentEvent"]["happenedAt"] == at
    read = await shopify.ask(READ, id=fulfillment)
    assert (read["displayStatus"], read["inTransitAt"], read["deliveredAt"]) == (
        "DELIVERED",
        *moments.values(),
    )
    await shopify.ask(EVENT, e=event)
    assert len((await shopify.ask(READ, id=fulfillment))["events"]["nodes"]) == 3
    (shown,) = await shopify.orders()
    events = shown["events"]
    assert [event["status"] for event in events] == ["IN_TRANSIT", "DELIVERED", "DELIVERED"]
    assert {event["fulfillmentId"] for event in events} == {fulfillment}
    assert shown["order"]["displayFulfillmentStatus"] == "FULFILLED"


async def test_a_fulfilment_goes_with_its_order(shopify: InProcessShopify) -> None:
    gid, fulfillment = await fulfilled(shopify)
    await shopify.http.delete(f"/_sim/orders/{gid}")
    assert await shopify.ask(READ, id=fulfillment) is None
    event = {"fulfillmentId": fulfillment, "status": "DELIVERED"}
    assert (await shopify.ask(EVENT, e=event))["fulfillmentEvent"] is None


async def test_an_event_of_an_unknown_fulfilment_is_refused(shopify: InProcessShopify) -> None:
    event = {"fulfillmentId": "gid://shopify/Fulfillment/1", "status": "DELIVERED"}
    assert (await shopify.ask(EVENT, e=event))["userErrors"] == [
        {"field": ["fulfillmentEvent", "fulfillmentId"], "message": "Fulfillment does not exist."}
    ]


async def test_a_cancelled_fulfilment_gives_its_lines_back_and_still_takes_events(
    shopify: InProcessShopify,
) -> None:
    gid, fulfillment = await fulfilled(shopify)
    query = """mutation C($id: ID!) { fulfillmentCancel(id: $id) {
        fulfillment { status displayStatus } userErrors { field message } } }"""
    for _ in range(2):
        cancelled = (await shopify.ask(query, id=fulfillment))["fulfillment"]
        assert cancelled == {"status": "CANCELLED", "displayStatus": "CANCELED"}
    order = await shopify.read(gid, REMAINING)
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert states(order) == [("CLOSED", [(2, 2)]), ("OPEN", [(2, 2)])]
    event = {"fulfillmentId": fulfillment, "status": "DELIVERED"}
    assert (await shopify.ask(EVENT, e=event))["userErrors"] == []
    assert (await shopify.ask(READ, id=fulfillment))["displayStatus"] == "CANCELED"


async def test_a_cancelled_fulfilment_of_a_part_goes_back_where_it_came_from(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    fulfillment_order, (line,) = await open_lines(shopify, gid)
    made = (await fulfil(shopify, fulfillment_order, (line, 1)))["fulfillment"]["id"]
    assert states(await shopify.read(gid, REMAINING)) == [("IN_PROGRESS", [(2, 1)])]
    query = "mutation C($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }"
    await shopify.ask(query, id=made)
    assert states(await shopify.read(gid, REMAINING)) == [("OPEN", [(2, 2)])]


async def test_the_newest_fulfilment_comes_first(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    fulfillment_order, (line,) = await open_lines(shopify, gid)
    for _ in range(2):
        await fulfil(shopify, fulfillment_order, (line, 1))
    shown = (await shopify.read(gid, "fulfillments(first: 9) { name }"))["fulfillments"]
    assert [made["name"] for made in shown] == ["#1001-F2", "#1001-F1"]


@pytest.mark.parametrize("fulfilled", [0, 1, 2])
async def test_a_fulfilment_order_was_never_submitted(
    shopify: InProcessShopify, fulfilled: int
) -> None:
    gid = await shopify.create()
    fulfillment_order, (line,) = await open_lines(shopify, gid)
    if fulfilled:
        await fulfil(shopify, fulfillment_order, (line, fulfilled))
    shown = await shopify.read(gid, "fulfillmentOrders(first: 1) { nodes { requestStatus } }")
    assert shown["fulfillmentOrders"]["nodes"] == [{"requestStatus": "UNSUBMITTED"}]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        (
            """mutation T($id: ID!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id,
            trackingInfoInput: {number: "1"}) { userErrors { field message } } }""",
            ["fulfillmentId"],
            "Fulfillment does not exist.",
        ),
        (
            """mutation C($id: ID!) { fulfillmentCancel(id: $id) {
            userErrors { field message } } }""",
            ["id"],
            "Fulfillment not found.",
        ),
    ],
)
async def test_an_unknown_fulfilment_is_named(
    shopify: InProcessShopify, query: str, field: list[str], message: str
) -> None:
    payload = await shopify.ask(query, id="gid://shopify/Fulfillment/1")
    assert payload["userErrors"] == [{"field": field, "message": message}]


async def test_tracking_is_replaced_whole(shopify: InProcessShopify) -> None:
    _, fulfillment = await fulfilled(shopify)
    query = """mutation T($id: ID!, $t: FulfillmentTrackingInput!) {
        fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) {
        fulfillment { trackingInfo(first: 9) { company number url } } } }"""
    given = {"company": "Other", "numbers": ["1", "2"], "urls": ["https://x.example/1"]}
    made = await shopify.ask(query, id=fulfillment, t=given)
    assert made["fulfillment"]["trackingInfo"] == [
        {"company": "Other", "number": "1", "url": "https://x.example/1"},
        {"company": "Other", "number": "2", "url": None},
    ]
