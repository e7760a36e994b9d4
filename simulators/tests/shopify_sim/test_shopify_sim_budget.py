"""Query cost, the bucket, THROTTLED, and the figures about them."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, line

ONE_POINT = "{ shop { id } }"


async def cost(shopify: InProcessShopify, query: str, **variables: Any) -> Any:
    return (await shopify.graph(query, **variables))["extensions"]["cost"]


@pytest.mark.parametrize(
    ("query", "requested", "actual"),
    [
        (ONE_POINT, 1, 1),
        ("{ shop { id plan { shopifyPlus } } }", 2, 2),
        ("{ orders(first: 1) { nodes { id } } }", 3, 2),
        ("{ orders(first: 3) { nodes { id } } }", 4, 2),
        ("{ orders(first: 5) { nodes { id customAttributes { key } } } }", 8, 2),
        ("{ orders(first: 50) { nodes { id } pageInfo { hasNextPage } } }", 9, 2),
        ("{ productVariants(first: 250) { nodes { id sku } } }", 13, 3),
        (
            "{ productVariants(first: 250) { nodes { id product { id } inventoryItem { id } } } }",
            35,
            5,
        ),
        ("{ productVariants(first: 10) { edges { node { id } } } }", 6, 3),
        ('{ nodes(ids: ["gid://shopify/Order/1"]) { id } }', 1, 1),
        ("{ ordersCount { count } }", 10, 10),
        ("{ a: shop { id } b: shop { id } }", 2, 2),
        ('mutation { tagsAdd(id: "1", tags: []) { node { id } userErrors { message } } }', 10, 10),
    ],
)
async def test_a_query_costs(
    shopify: InProcessShopify, query: str, requested: int, actual: int
) -> None:
    found = await cost(shopify, query)
    assert (found["requestedQueryCost"], found["actualQueryCost"]) == (requested, actual)


async def test_the_page_size_may_be_a_variable_or_its_default(shopify: InProcessShopify) -> None:
    query = "query Q($n: Int = 20) { orders(first: $n) { nodes { id } } }"
    assert (await cost(shopify, query))["requestedQueryCost"] == 7
    assert (await cost(shopify, query, n=100))["requestedQueryCost"] == 11


async def test_pages_in_pages_multiply(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    query = """query Q($id: ID!) { order(id: $id) { fulfillmentOrders(first: 20) { nodes { id
        lineItems(first: 50) { nodes { id lineItem { id } } } } } } }"""
    found = await cost(shopify, query, id=gid)
    assert found["requestedQueryCost"] == 1 + 2 + 5 * (1 + 2 + 7 * 2)
    assert found["actualQueryCost"] == 1 + 2 + 1 * (1 + 2 + 1 * 2)


async def test_a_query_above_1000_points_is_refused_and_costs_nothing(
    shopify: InProcessShopify,
) -> None:
    part = "orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } }"
    query = "{ " + " ".join(f"q{at}: {part}" for at in range(7)) + " }"
    result = await shopify.graph(query)
    assert "data" not in result
    assert result["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert result["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 2000


@pytest.mark.parametrize(
    ("plan", "bucket", "restore"),
    [
        ("dev", 2000, 100),
        ("basic", 2000, 100),
        ("advanced", 4000, 200),
        ("plus", 20_000, 1000),
        ("unlimited", 2_000_000, 100_000),
    ],
)
async def test_a_plan_sets_bucket_and_restore_rate(
    shopify: InProcessShopify, plan: str, bucket: int, restore: int
) -> None:
    await shopify.put(plan=plan)
    status = (await cost(shopify, ONE_POINT))["throttleStatus"]
    assert (status["maximumAvailable"], status["restoreRate"]) == (bucket, restore)
    assert status["currentlyAvailable"] == bucket - 1


async def test_the_difference_between_reserved_and_used_is_given_back(
    shopify: InProcessShopify,
) -> None:
    status = await cost(shopify, "{ productVariants(first: 250) { nodes { id } } }")
    assert status["throttleStatus"]["currentlyAvailable"] == 2000 - status["actualQueryCost"]


async def drain(shopify: InProcessShopify) -> None:
    many = " ".join(f"a{at}: ordersCount {{ count }}" for at in range(100))
    for _ in range(2):
        assert "data" in await shopify.graph(f"{{ {many} }}")


async def test_an_empty_bucket_throttles_before_anything_is_executed(
    shopify: InProcessShopify,
) -> None:
    await drain(shopify)
    answer = await shopify.post({"query": ONE_POINT})
    assert answer.status_code == 200
    assert answer.json() == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 1,
                "actualQueryCost": None,
                "throttleStatus": {
                    "maximumAvailable": 2000.0,
                    "currentlyAvailable": 0,
                    "restoreRate": 100.0,
                },
            }
        },
    }
    stats = await shopify.stats()
    assert (stats["throttled"], stats["requests"]) == (1, {"ordersCount": 2, "shop": 1})


async def test_a_throttled_create_makes_no_order(shopify: InProcessShopify) -> None:
    await drain(shopify)
    query = "mutation M($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id } } }"
    result = await shopify.graph(query, o={"lineItems": [line()]})
    assert result["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert await shopify.orders() == []


async def test_the_bucket_refills_at_its_rate_and_not_over_its_rim(
    shopify: InProcessShopify,
) -> None:
    await drain(shopify)
    shopify.pass_time(0.5)
    status = (await cost(shopify, ONE_POINT))["throttleStatus"]
    assert status["currentlyAvailable"] == 49
    shopify.pass_time(3600)
    assert (await cost(shopify, ONE_POINT))["throttleStatus"]["currentlyAvailable"] == 1999


async def test_stores_do_not_share_a_bucket(shopify: InProcessShopify) -> None:
    await drain(shopify)
    shopify.domain = "second.myshopify.com"
    await shopify.put()
    assert "data" in await shopify.graph(ONE_POINT)


async def test_points_are_cumulative_and_end_now(shopify: InProcessShopify) -> None:
    await drain(shopify)
    shopify.pass_time(1)
    await shopify.graph(ONE_POINT)
    shopify.pass_time(1)
    points = (await shopify.stats())["points"]
    assert [point["used"] for point in points] == [2000, 2001, 2001]
    assert [budget["available"] for budget in points] == [0, 99, 199]
    assert points[-1]["at"] - points[0]["at"] == pytest.approx(2)
