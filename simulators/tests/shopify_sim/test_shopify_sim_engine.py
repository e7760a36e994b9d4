"""Our executor against graphql-core's: the same documents, the same data."""

from typing import Any

import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, execute_sync, get_named_type, parse
from graphql.type import is_object_type

from simulators.shopify.engine.documents import Documents
from simulators.shopify.engine.execution import Resolvers
from simulators.shopify.engine.schema import load_schema
from simulators.shopify.in_process import (
    InProcessShopify,
    Json,
    address,
    custom_id,
    line,
    money,
    tax,
)
from simulators.shopify.resolvers import MUTATIONS, QUERIES

TREE: Json = {
    "shop": {
        "id": "gid://shopify/Shop/1",
        "name": "Demo",
        "plan": {"publicDisplayName": "Basic", "shopifyPlus": False},
        "enabledPresentmentCurrencies": ["USD", "EUR"],
    },
    "order": {
        "id": "gid://shopify/Order/1",
        "name": "#1",
        "note": None,
        "customer": None,
        "tags": [],
        "customAttributes": [{"key": "a", "value": None}, {"key": "b", "value": "c"}],
    },
}
QUERY = """
query Q($id: ID!, $on: Boolean!, $off: Boolean = false) {
  __typename
  again: shop { ...Name plan { shopifyPlus } plan { publicDisplayName __typename } }
  shop { id @include(if: $on) name @skip(if: $on) enabledPresentmentCurrencies }
  order(id: $id) {
    id note tags customer { id } ... on Order { name @include(if: $off) }
    ... on Node { other: id } customAttributes { key value }
  }
}
fragment Name on Shop { name ... { id } }
"""


def ours(query: str, variables: Any) -> Any:
    roots = {name: lambda _, call: TREE[call.name] for name in QUERIES}
    documents = Documents(load_schema(), Resolvers(roots, {}, {}, lambda root: "Order"))
    operation = documents.operation(query)
    read = operation.read_variables(variables)
    return operation.plan(read).execute(None, read)


@pytest.mark.parametrize("on", [True, False])
def test_the_same_document_gives_the_same_data(on: bool) -> None:
    variables = {"id": "1", "on": on}
    theirs = execute_sync(load_schema(), parse(QUERY), TREE, variable_values=variables)
    assert theirs.errors is None
    data, errors = ours(QUERY, variables)
    assert (data, errors) == (theirs.data, [])


def test_a_null_where_none_may_be_takes_its_parent_with_it() -> None:
    broken = {**TREE["order"], "customAttributes": [{"key": None, "value": "x"}]}
    query = 'query { order(id: "1") { name customAttributes { key } } shop { name } }'
    kept, TREE["order"] = TREE["order"], broken
    try:
        theirs = execute_sync(load_schema(), parse(query), TREE)
        data, errors = ours(query, {})
    finally:
        TREE["order"] = kept
    assert data == theirs.data == {"order": None, "shop": {"name": "Demo"}}
    assert [error["path"] for error in errors] == [problem.path for problem in theirs.errors or ()]


def test_every_root_field_of_the_schema_has_its_function() -> None:
    assert set(object_type("QueryRoot").fields) == set(QUERIES)
    assert set(object_type("Mutation").fields) == set(MUTATIONS)


def object_type(name: str) -> GraphQLObjectType:
    found = load_schema().type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def selection(type_: Any, above: tuple[str, ...] = ()) -> str:
    """Every field of a type, as deep as types do not repeat."""
    parts = []
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if any(isinstance(arg.type, GraphQLNonNull) for arg in field.args.values()):
            continue
        paged = "(first: 5)" if "first" in field.args else ""
        if not is_object_type(named):
            parts.append(f"{name}{paged}" if not hasattr(named, "fields") else "")
        elif named.name not in above:
            inner = selection(named, (*above, type_.name, named.name))
            parts.append(f"{name}{paged} {{ {inner} }}" if inner else "")
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(
    "root",
    [
        "shop",
        "currentAppInstallation",
        "locations(first: 5)",
        "webhookSubscriptions(first: 5)",
        "productVariants(first: 5)",
        "metafieldDefinitions(first: 5, ownerType: ORDER)",
    ],
)
async def test_every_field_of_what_a_store_has_can_be_read(
    shopify: InProcessShopify, root: str
) -> None:
    await shopify.define_custom_id()
    await shopify.ask(
        """mutation { webhookSubscriptionCreate(topic: ORDERS_DELETE,
            webhookSubscription: {uri: "https://app.example"}) { userErrors { message } } }"""
    )
    field = object_type("QueryRoot").fields[root.partition("(")[0]]
    type_ = get_named_type(field.type)
    await shopify.ask(f"{{ {root} {{ {selection(type_)} }} }}")


async def test_every_field_of_an_order_with_everything_can_be_read(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(
        lineItems=[line(taxLines=[tax("1")])],
        email="planted@example.com",
        shippingAddress=address(),
        billingAddress=address(),
        shippingLines=[{"title": "S", "priceSet": money("1")}],
        transactions=[{"amountSet": money("51.98")}],
        discountCode={"itemPercentageDiscountCode": {"code": "X", "percentage": 10}},
        metafields=custom_id("576"),
        fulfillment={"locationId": "gid://shopify/Location/1", "trackingNumber": "9"},
    )
    order = (await shopify.orders())[0]
    fulfillment = order["fulfillments"][0]["id"]
    event = {"fulfillmentId": fulfillment, "status": "DELIVERED"}
    await shopify.ask(
        """mutation E($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) {
            userErrors { message } } }""",
        e=event,
    )
    bought = order["order"]["lineItems"]["nodes"][0]["id"]
    parent = order["order"]["transactions"][0]["id"]
    transaction = {"orderId": gid, "parentId": parent, "kind": "REFUND", "gateway": "x"}
    await shopify.ask(
        """mutation R($i: RefundInput!) { refundCreate(input: $i) @idempotent(key: "k") {
            userErrors { message } } }""",
        i={
            "orderId": gid,
            "refundLineItems": [{"lineItemId": bought, "quantity": 1}],
            "transactions": [{**transaction, "amount": "1"}],
        },
    )
    await shopify.put(plan="unlimited")
    for name in ("Order", "Customer", "Fulfillment", "FulfillmentOrder"):
        whole = selection(load_schema().type_map[name])
        shown = (await shopify.orders())[0]
        gids = {
            "Order": gid,
            "Customer": shown["customer"]["id"],
            "Fulfillment": fulfillment,
            "FulfillmentOrder": shown["order"]["fulfillmentOrders"]["nodes"][0]["id"],
        }
        root = f"{name[0].lower()}{name[1:]}"
        read = await shopify.ask(f'{{ {root}(id: "{gids[name]}") {{ {whole} }} }}')
        assert read["id"] == gids[name]
