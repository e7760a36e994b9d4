"""Faults as a client of this Shopify meets them, in process."""

import json
from typing import Any

import httpx
import pytest

from simulators.shopify.in_process import InProcessShopify, Json, line

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


async def test_a_wrong_fault_is_named(shopify: InProcessShopify) -> None:
    answer = await shopify.fault({"kind": "explode"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("faults[0].kind")
