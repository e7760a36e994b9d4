"""GraphQL mistakes, in Shopify's words and before anything is executed."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, line

CREATE = (
    "mutation M($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id } } }"
)


async def first_error(shopify: InProcessShopify, query: str, **variables: Any) -> Any:
    result = await shopify.graph(query, **variables)
    assert "data" not in result
    assert await shopify.orders() == []
    return result["errors"][0]


async def test_a_missing_variable_is_an_invalid_variable(shopify: InProcessShopify) -> None:
    error = await first_error(shopify, CREATE)
    assert error == {
        "message": "Variable $order of type OrderCreateOrderInput! was provided invalid value",
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": None,
            "problems": [{"path": [], "explanation": "Expected value to not be null"}],
        },
    }


async def test_all_problems_of_a_variable_are_named_with_their_paths(
    shopify: InProcessShopify,
) -> None:
    order = {"lineItems": [{"title": "x"}], "financialStatus": "paid", "cancelledAt": "2026-01-01"}
    error = await first_error(shopify, CREATE, order=order)
    problems = {
        tuple(problem["path"]): problem["explanation"]
        for problem in error["extensions"]["problems"]
    }
    assert problems[("lineItems", 0, "quantity")] == "Expected value to not be null"
    assert problems[("cancelledAt",)] == "Field is not defined on OrderCreateOrderInput"
    assert problems[("financialStatus",)].startswith('Expected "paid" to be one of: AUTHORIZED')
    assert "lineItems.0.quantity (Expected value to not be null)" in error["message"]
    assert error["extensions"]["value"] == order


@pytest.mark.parametrize(
    ("order", "path"),
    [
        ({"lineItems": [{"title": "x", "quantity": "2"}]}, ["lineItems", 0, "quantity"]),
        ({"customer": {}}, ["customer"]),
        ({"customer": {"toUpsert": {}, "toAssociate": {}}}, ["customer"]),
        ({"shippingLines": [{"title": "x"}]}, ["shippingLines", 0, "priceSet"]),
        ({"taxLines": [{"title": "x"}]}, ["taxLines", 0, "rate"]),
        ({"processedAt": "yesterday"}, ["processedAt"]),
        ({"sourceUrl": "no scheme"}, ["sourceUrl"]),
        ({"shippingAddress": {"countryCode": "USA"}}, ["shippingAddress", "countryCode"]),
        (
            {
                "transactions": [
                    {"amountSet": {"shopMoney": {"amount": "x", "currencyCode": "USD"}}}
                ]
            },
            ["transactions", 0, "amountSet", "shopMoney", "amount"],
        ),
    ],
)
async def test_a_value_of_the_wrong_kind_is_refused_at_its_path(
    shopify: InProcessShopify, order: Json, path: list[str | int]
) -> None:
    error = await first_error(shopify, CREATE, order=order)
    assert [problem["path"] for problem in error["extensions"]["problems"]] == [path]


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        (
            "{ shop { nonsense } }",
            "undefinedField",
            "Field 'nonsense' doesn't exist on type 'Shop'",
        ),
        (
            "mutation { orderCreate { order { id } } }",
            "missingRequiredArguments",
            "Field 'orderCreate' is missing required arguments: order",
        ),
        (
            "mutation { orderCreate(order: null) { order { id } } }",
            "argumentLiteralsIncompatible",
            (
                "Argument 'order' on Field 'orderCreate' has an invalid value (null). "
                "Expected type 'OrderCreateOrderInput!'."
            ),
        ),
        (
            "{ shop(id: 1) { id } }",
            "argumentNotAccepted",
            "Field 'shop' doesn't accept argument 'id'",
        ),
        (
            "mutation { orderCreate(order: {nope: 1}) { order { id } } }",
            "argumentNotAccepted",
            "InputObject 'OrderCreateOrderInput' doesn't accept argument 'nope'",
        ),
        (
            "mutation { orderCreate(order: {lineItems: [{}]}) { order { id } } }",
            "missingRequiredInputObjectAttribute",
            "Argument 'quantity' on InputObject 'OrderCreateLineItemInput' is required.",
        ),
        (
            "query($a: String) { order(id: $a) { id } }",
            "variableMismatch",
            "Type mismatch on variable $a (String / ID!)",
        ),
        (
            "query($a: String) { shop { id } }",
            "variableNotUsed",
            "Variable $a is declared by the operation but not used",
        ),
        (
            "{ order(id: $a) { id } }",
            "variableNotDefined",
            "Variable $a is used by the operation but not declared",
        ),
        (
            "{ shop }",
            "selectionMismatch",
            (
                "Field must have selections (field 'shop' returns Shop! but has no selections. "
                "Did you mean 'shop { ... }'?)"
            ),
        ),
        ("{ shop { id @nope } }", "undefinedDirective", "Directive @nope is not defined"),
        ("{ node(id: 1) { ... on Nope { id } } }", "undefinedType", "No such type Nope"),
    ],
)
async def test_a_wrong_document_is_refused_by_code(
    shopify: InProcessShopify, query: str, code: str, message: str
) -> None:
    error = await first_error(shopify, query)
    assert (error["extensions"]["code"], error["message"]) == (code, message)
    assert error["locations"]


async def test_a_document_that_does_not_parse_is_a_syntax_error(shopify: InProcessShopify) -> None:
    error = await first_error(shopify, "{ shop { ")
    assert error["message"].startswith("syntax error, ")


async def test_more_than_250_tags_are_refused_at_the_top(shopify: InProcessShopify) -> None:
    order = {"lineItems": [line()], "tags": [str(at) for at in range(251)]}
    error = await first_error(shopify, CREATE, order=order)
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


async def test_a_document_refused_once_is_refused_again(shopify: InProcessShopify) -> None:
    for _ in range(2):
        await first_error(shopify, "{ shop { nonsense } }")


async def test_an_operation_is_chosen_by_name(shopify: InProcessShopify) -> None:
    query = "query A { shop { id } } query B { shop { name } }"
    chosen = (await shopify.post({"query": query, "operationName": "B"})).json()
    assert chosen["data"] == {"shop": {"name": "Demo"}}
    assert "errors" in (await shopify.post({"query": query})).json()


async def test_conditions_aliases_and_fragments_decide_what_is_selected(
    shopify: InProcessShopify,
) -> None:
    query = """
    query Q($with: Boolean!) {
      a: shop { ...Part id @skip(if: $with) }
      b: shop @include(if: $with) { name }
    }
    fragment Part on Shop { name currencyCode @include(if: $with) }"""
    with_it = (await shopify.graph(query, **{"with": True}))["data"]
    without = (await shopify.graph(query, **{"with": False}))["data"]
    assert with_it == {"a": {"name": "Demo", "currencyCode": "USD"}, "b": {"name": "Demo"}}
    assert set(without["a"]) == {"name", "id"}
    assert "b" not in without


async def test_several_mutations_in_one_request_run_in_order(shopify: InProcessShopify) -> None:
    query = """
    mutation M($order: OrderCreateOrderInput!) {
      one: orderCreate(order: $order) { order { name } }
      two: orderCreate(order: $order) { order { name } }
    }"""
    result = await shopify.graph(query, order={"lineItems": [line()]})
    assert [entry["order"]["name"] for entry in result["data"].values()] == ["#1001", "#1002"]
    assert result["extensions"]["cost"]["requestedQueryCost"] == 20


async def test_variables_inside_literals_are_read_and_checked(shopify: InProcessShopify) -> None:
    query = """
    mutation M($title: String, $quantity: Int!) {
      orderCreate(order: {lineItems: [{title: $title, quantity: $quantity}]}) {
        order { lineItems(first: 1) { nodes { title quantity } } }
      }
    }"""
    made = await shopify.ask(query, title="Mug", quantity=3)
    assert made["order"]["lineItems"]["nodes"] == [{"title": "Mug", "quantity": 3}]
