"""Changing, paying, refunding, cancelling, closing, deleting."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, address, line, money

UPDATE = """mutation U($input: OrderInput!) { orderUpdate(input: $input) {
    order { note tags email customAttributes { key value } shippingAddress { city } }
    userErrors { field message } } }"""
CANCEL = """mutation C($id: ID!, $restock: Boolean!, $refund: OrderCancelRefundMethodInput,
    $note: String) { orderCancel(orderId: $id, reason: CUSTOMER, restock: $restock,
    refundMethod: $refund, staffNote: $note) { job { id done }
    orderCancelUserErrors { code field message } } }"""
REFUND = """mutation R($input: RefundInput!, $key: String!) {
    refundCreate(input: $input) @idempotent(key: $key) {
    refund { id totalRefundedSet { shopMoney { amount } } } userErrors { field message } } }"""
STATE = "cancelledAt cancelReason closed displayFinancialStatus transactions { id kind }"


def paid(sum_: str = "49.98") -> Any:
    return {"transactions": [{"gateway": "TikTok Shop", "amountSet": money(sum_)}]}


async def update(shopify: InProcessShopify, gid: str, **given: Any) -> Any:
    return await shopify.ask(UPDATE, input={"id": gid, **given})


async def test_an_update_replaces_attributes_tags_and_address_whole(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(
        tags=["a"], customAttributes=[{"key": "k", "value": "v"}], shippingAddress=address()
    )
    attributes = [{"key": "new", "value": "1"}]
    changed = await update(
        shopify,
        gid,
        note="n",
        tags=["z", "b"],
        customAttributes=attributes,
        shippingAddress=address(city="Oakland"),
    )
    assert changed["order"] == {
        "note": "n",
        "tags": ["b", "z"],
        "email": None,
        "customAttributes": attributes,
        "shippingAddress": {"city": "Oakland"},
    }
    assert [change["operation"] for change in (await shopify.orders())[0]["history"]] == [
        "orderCreate",
        "orderUpdate",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "No valid update parameters have been provided"),
        ({"phone": "+1*"}, "Phone is invalid"),
        ({"note": "x" * 5_001}, "Note is too long (maximum is 5000 characters)"),
        ({"tags": ["x" * 41]}, "Title Tag exceeds the maximum length of 40 characters"),
        ({"shippingAddress": {"zip": "94103"}}, "Enter a last name"),
        ({"shippingAddress": {"lastName": "x", "countryCode": "US"}}, "Enter a ZIP code"),
        (
            {
                "shippingAddress": {
                    "lastName": "x",
                    "zip": "1",
                    "countryCode": "US",
                    "provinceCode": "QQ",
                }
            },
            "State is not a valid state in United States",
        ),
    ],
)
async def test_a_bad_update_changes_nothing(
    shopify: InProcessShopify, given: Json, message: str
) -> None:
    gid = await shopify.create(note="kept")
    payload = await update(shopify, gid, **given)
    assert [error["message"] for error in payload["userErrors"]] == [message]
    assert payload["order"]["note"] == "kept"
    assert (await shopify.read(gid, "note"))["note"] == "kept"


async def test_all_that_is_wrong_with_an_address_is_said_at_once_and_the_state_by_its_old_name(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    given = {"address1": "3 Bad St", "countryCode": "US", "provinceCode": "ON"}
    payload = await update(shopify, gid, shippingAddress=given)
    assert payload["userErrors"] == [
        {"field": ["shippingAddress", "lastName"], "message": "Enter a last name"},
        {"field": ["shippingAddress", "zip"], "message": "Enter a ZIP code"},
        {
            "field": ["shippingAddress", "province"],
            "message": "State is not a valid state in United States",
        },
    ]


async def test_email_and_phone_change_once_a_minute(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    assert (await update(shopify, gid, email="a@example.com"))["userErrors"] == []
    refused = await update(shopify, gid, email="b@example.com")
    assert refused["userErrors"][0]["message"].startswith("Too many attempts")
    shopify.pass_time(61)
    assert (await update(shopify, gid, email="b@example.com"))["userErrors"] == []


async def test_an_unknown_order_is_named(shopify: InProcessShopify) -> None:
    payload = await update(shopify, "gid://shopify/Order/1", note="x")
    assert payload["userErrors"] == [{"field": ["id"], "message": "Order does not exist"}]


async def test_tags_are_split_at_commas_and_kept_once(shopify: InProcessShopify) -> None:
    gid = await shopify.create(tags=["b, a", "A", " ", "c "])
    assert (await shopify.read(gid, "tags"))["tags"] == ["a", "b", "c"]


async def test_tags_are_added_and_removed_without_case(shopify: InProcessShopify) -> None:
    gid = await shopify.create(tags=["One"])
    for name, tags, left in (
        ("tagsAdd", ["one", "Two"], ["One", "Two"]),
        ("tagsRemove", ["TWO"], ["One"]),
    ):
        query = f"""mutation T($id: ID!, $tags: [String!]!) {{ {name}(id: $id, tags: $tags) {{
            node {{ id ... on Order {{ tags }} }} userErrors {{ message }} }} }}"""
        assert (await shopify.ask(query, id=gid, tags=tags))["node"]["tags"] == left


async def test_a_cancelled_order_is_closed_refunded_and_cannot_be_cancelled_again(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(**paid())
    refund = {"originalPaymentMethodsRefund": True}
    job = (await shopify.ask(CANCEL, id=gid, restock=False, refund=refund))["job"]
    assert job["done"] is False
    assert (await shopify.ask("query J($id: ID!) { job(id: $id) { done } }", id=job["id"]))["done"]
    order = await shopify.read(gid, STATE)
    assert order["cancelledAt"]
    assert (order["cancelReason"], order["closed"]) == ("CUSTOMER", True)
    assert order["displayFinancialStatus"] == "REFUNDED"
    again = await shopify.ask(CANCEL, id=gid, restock=False)
    assert again["orderCancelUserErrors"] == [
        {
            "code": "INVALID",
            "field": ["orderId"],
            "message": "Cannot cancel an order that has already been canceled",
        }
    ]


@pytest.mark.parametrize("restock", [True, False])
async def test_a_cancelled_orders_fulfilment_orders_are_closed_and_empty(
    shopify: InProcessShopify, restock: bool
) -> None:
    gid = await shopify.create()
    await shopify.ask(CANCEL, id=gid, restock=restock)
    order = await shopify.read(
        gid,
        """displayFulfillmentStatus currentTotalPriceSet { shopMoney { amount } }
        totalOutstandingSet { shopMoney { amount } } fulfillmentOrders(first: 2) { nodes {
        status requestStatus supportedActions { action }
        lineItems(first: 2) { nodes { totalQuantity remainingQuantity } } } }""",
    )
    nothing = {"shopMoney": {"amount": "0.0"}}
    assert order == {
        "displayFulfillmentStatus": "UNFULFILLED",
        "currentTotalPriceSet": nothing,
        "totalOutstandingSet": nothing,
        "fulfillmentOrders": {
            "nodes": [
                {
                    "status": "CLOSED",
                    "requestStatus": "UNSUBMITTED",
                    "supportedActions": [],
                    "lineItems": {"nodes": [{"totalQuantity": 0, "remainingQuantity": 0}]},
                }
            ]
        },
    }


async def test_a_long_staff_note_is_refused(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    payload = await shopify.ask(CANCEL, id=gid, restock=False, note="x" * 256)
    assert payload["orderCancelUserErrors"][0]["message"].startswith("Staff note is too long.")


@pytest.mark.parametrize(("restock", "stock"), [(True, 1002), (False, 1000)])
async def test_restocking_adds_stock_even_if_none_was_taken(
    shopify: InProcessShopify, restock: bool, stock: int
) -> None:
    gid = await shopify.create()
    await shopify.ask(CANCEL, id=gid, restock=restock)
    query = "query V($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
    variant = (await shopify.ask(query, id=line()["variantId"]))["inventoryQuantity"]
    assert variant == stock


async def test_an_order_is_paid_once(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    query = """mutation P($id: ID!) { orderMarkAsPaid(input: {id: $id}) {
        order { displayFinancialStatus } userErrors { message } } }"""
    assert (await shopify.ask(query, id=gid))["order"] == {"displayFinancialStatus": "PAID"}
    again = await shopify.ask(query, id=gid)
    assert again["userErrors"] == [{"message": "Order cannot be marked as paid."}]


async def refund(shopify: InProcessShopify, gid: str, sum_: str, key: str, **changes: Any) -> Any:
    parent = (await shopify.read(gid, STATE))["transactions"][0]["id"]
    transaction = {"orderId": gid, "parentId": parent, "kind": "REFUND", "gateway": "x"}
    given = {"orderId": gid, "transactions": [{**transaction, "amount": sum_, **changes}]}
    return await shopify.graph(REFUND, input=given, key=key)


async def test_a_refund_needs_the_directive(shopify: InProcessShopify) -> None:
    query = "mutation R($id: ID!) { refundCreate(input: {orderId: $id}) { refund { id } } }"
    result = await shopify.graph(query, id=await shopify.create())
    assert result["errors"][0]["message"] == (
        "The @idempotent directive is required for this mutation but was not provided."
    )
    assert result["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_refund_with_a_known_key_is_the_same_refund(shopify: InProcessShopify) -> None:
    gid = await shopify.create(**paid())
    first, second = [
        (await refund(shopify, gid, "10", "key"))["data"]["refundCreate"] for _ in range(2)
    ]
    assert first == second
    assert first["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == "10.0"
    assert (await shopify.read(gid, STATE))["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    other = await refund(shopify, gid, "11", "key")
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"


@pytest.mark.parametrize(
    ("sum_", "changes", "message"),
    [
        ("50", {}, "Refund amount $50.00 is greater than net payment received $49.98"),
        ("1", {"parentId": None}, "Transactions require a parent_id associated with the order"),
    ],
)
async def test_a_wrong_refund_is_refused(
    shopify: InProcessShopify, sum_: str, changes: Json, message: str
) -> None:
    gid = await shopify.create(**paid())
    payload = (await refund(shopify, gid, sum_, "key", **changes))["data"]["refundCreate"]
    assert [error["message"] for error in payload["userErrors"]] == [message]


async def test_no_more_of_a_line_is_refunded_than_was_bought(shopify: InProcessShopify) -> None:
    gid = await shopify.create(**paid())
    line = (await shopify.read(gid, "lineItems(first: 1) { nodes { id } }"))["lineItems"]["nodes"][
        0
    ]
    for quantity, refused in ((2, False), (1, True)):
        lines = [{"lineItemId": line["id"], "quantity": quantity, "restockType": "NO_RESTOCK"}]
        given = {"orderId": gid, "refundLineItems": lines}
        payload = await shopify.ask(REFUND, input=given, key=str(quantity))
        assert bool(payload["userErrors"]) is refused


async def test_closing_and_opening_repeat_harmlessly(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    for name, closed in (("orderClose", True), ("orderOpen", False)):
        type_name = f"{name[0].upper()}{name[1:]}Input"
        query = f"""mutation M($input: {type_name}!) {{ {name}(input: $input) {{
            order {{ closed }} userErrors {{ message }} }} }}"""
        for _ in range(2):
            made = await shopify.ask(query, input={"id": gid})
            assert made == {"order": {"closed": closed}, "userErrors": []}


async def test_a_deleted_order_is_gone_and_deleting_it_again_is_not_found(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    query = """mutation D($id: ID!) { orderDelete(orderId: $id) {
        deletedId userErrors { code field } } }"""
    assert (await shopify.ask(query, id=gid))["deletedId"] == gid
    again = await shopify.ask(query, id=gid)
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": ["orderId"]}]
    nodes = await shopify.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[gid])
    assert nodes == [None]
