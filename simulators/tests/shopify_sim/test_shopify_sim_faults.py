"""Faults as a client of this Shopify meets them, in process."""

import json
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

from simulators.shopify.engine.schema import load_schema
from simulators.shopify.in_process import InProcessShopify, Json, line
from simulators.shopify.resolvers import MUTATIONS

CREATE = {"match": {"operation": "orderCreate"}}
QUERY = "mutation M($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id } } }"


async def create(shopify: InProcessShopify) -> Any:
    body = {"query": QUERY, "variables": {"o": {"lineItems": [line()]}}}
    return await shopify.post(body)


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"kind": "status"}, 503, {"errors": "Service Unavailable"}),
        ({"kind": "status", "status": 402}, 402, {"errors": "Unavailable Shop"}),
        ({"kind": "status", "status": 430}, 430, {"errors": "Shopify Security Rejection"}),
    ],
)
async def test_a_status_is_answered_and_nothing_is_executed(
    shopify: InProcessShopify, fault: Json, status: int, body: Json
) -> None:
    await shopify.fault({**CREATE, **fault})
    answer = await create(shopify)
    assert (answer.status_code, answer.json()) == (status, body)
    assert len(answer.headers["x-request-id"]) == 36
    assert await shopify.orders() == []


async def test_status_200_is_a_graphql_error_of_that_code(shopify: InProcessShopify) -> None:
    await shopify.fault({**CREATE, "kind": "status", "status": 200})
    answer = await create(shopify)
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    await shopify.fault({**CREATE, "kind": "status", "status": 200, "code": "SHOP_INACTIVE"})
    assert (await create(shopify)).json()["errors"][0]["extensions"]["code"] == "SHOP_INACTIVE"


async def test_a_throttle_is_shopifys_own(shopify: InProcessShopify) -> None:
    await shopify.fault({**CREATE, "kind": "throttle"})
    body = (await create(shopify)).json()
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0
    await shopify.fault({**CREATE, "kind": "throttle", "status": 429, "delay_s": 3})
    answer = await create(shopify)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


async def test_a_page_of_html_comes_from_a_gateway(shopify: InProcessShopify) -> None:
    await shopify.fault({**CREATE, "kind": "html"})
    answer = await create(shopify)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_a_partial_answer_was_executed(shopify: InProcessShopify) -> None:
    await shopify.fault({**CREATE, "kind": "partial"})
    answer = await create(shopify)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"orderCreate": None}
    assert answer.json()["errors"][0]["path"] == ["orderCreate"]
    assert answer.headers["x-shopify-api-version"] == "2026-10"
    assert len(await shopify.orders()) == 1


@pytest.mark.parametrize(("kind", "made"), [("reset", 0), ("reset_after_commit", 1)])
async def test_a_reset_comes_before_or_after_the_order(
    shopify: InProcessShopify, kind: str, made: int
) -> None:
    await shopify.fault({**CREATE, "kind": kind})
    with pytest.raises((ConnectionResetError, httpx.HTTPError)):
        await create(shopify)
    assert len(await shopify.orders()) == made


async def test_a_fault_hits_only_its_operation_its_store_and_its_turn(
    shopify: InProcessShopify,
) -> None:
    rule = {"match": {"operation": "orderCreate", "shop": shopify.domain}, "kind": "status"}
    await shopify.fault({**rule, "after": 1, "count": 1})
    statuses = [(await create(shopify)).status_code for _ in range(3)]
    assert statuses == [200, 503, 200]
    other = {"match": {"shop": "other.myshopify.com"}, "kind": "status"}
    await shopify.fault(other, {"match": {"operation": "shop"}, "kind": "status"})
    assert (await create(shopify)).status_code == 200
    assert (await shopify.post({"query": "{ a: shop { id } }"})).status_code == 503


async def test_a_request_that_cannot_be_read_meets_no_operation_fault(
    shopify: InProcessShopify,
) -> None:
    await shopify.fault({**CREATE, "kind": "status"})
    for body in (b"{", b"[]", json.dumps({"query": "{ nope }"}).encode()):
        assert (await shopify.post(body)).status_code in (200, 400)


ZIP = {"field": ["order", "shippingAddress", "zip"], "code": "INVALID", "message": "Zip is wrong"}


async def test_the_content_is_refused_once_and_nothing_is_carried_out(
    shopify: InProcessShopify,
) -> None:
    await shopify.fault({**CREATE, "kind": "user_errors", "errors": [ZIP], "count": 1})
    refused = await shopify.try_create()
    assert refused == {"order": None, "userErrors": [ZIP]}
    assert await shopify.orders() == []
    assert (await shopify.stats())["requests"] == {"orderCreate": 1}
    assert (await shopify.try_create())["userErrors"] == []


@pytest.mark.parametrize("name", MUTATIONS)
async def test_every_mutation_says_no_under_its_own_name_for_errors(
    shopify: InProcessShopify, name: str
) -> None:
    schema = load_schema()
    assert schema.mutation_type is not None
    field = schema.mutation_type.fields[name]
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    (errors,) = [at for at in payload.fields if at.lower().endswith("usererrors")]
    given = ", ".join(f"{arg}: {example(of.type)}" for arg, of in field.args.items())
    rule = {"match": {"operation": name}, "kind": "user_errors", "errors": [ZIP]}
    (await shopify.fault(rule)).raise_for_status()
    said = f"mutation {{ {name}({given}) {{ said: {errors} {{ field message }} }} }}"
    answer = await shopify.graph(said)
    expected = {"field": ZIP["field"], "message": ZIP["message"]}
    assert answer.get("data") == {name: {"said": [expected]}}, answer


def example(type_: Any) -> str:
    """A value of an input type, as a literal: what is required of it, and nothing else."""
    if is_list_type(type_.of_type if is_non_null_type(type_) else type_):
        return f"[{example(get_named_type(type_))}]"
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        needed = {k: v for k, v in named.fields.items() if is_required_input_field(v)}
        if named.is_one_of:
            needed = dict(list(named.fields.items())[:1])
        return "{" + ", ".join(f"{k}: {example(v.type)}" for k, v in needed.items()) + "}"
    if isinstance(named, GraphQLEnumType):
        return str(next(iter(named.values)))
    return {"Boolean": "true", "Int": "1", "ID": '"gid://shopify/Order/1"'}.get(named.name, '"1"')


async def test_a_query_has_no_user_errors(shopify: InProcessShopify) -> None:
    rule = {"match": {"operation": "shop"}, "kind": "user_errors", "errors": [ZIP]}
    await shopify.fault(rule)
    assert "errors" not in await shopify.graph("{ shop { id } }")


async def test_a_refusal_comes_after_token_and_scope(shopify: InProcessShopify) -> None:
    await shopify.fault({**CREATE, "kind": "user_errors", "errors": [ZIP]})
    await shopify.put(scopes=["read_orders"])
    answer = await shopify.graph(QUERY, o={"lineItems": [line()]})
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


async def test_a_wrong_fault_is_named(shopify: InProcessShopify) -> None:
    answer = await shopify.fault({"kind": "explode"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("faults[0].kind")
