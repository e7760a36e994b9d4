"""Which requests get in: store, token, version, body."""

import pytest

from simulators.shopify.in_process import InProcessShopify

SHOP = "{ shop { myshopifyDomain } }"
BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"


async def test_the_host_names_the_store(shopify: InProcessShopify) -> None:
    assert await shopify.ask(SHOP) == {"myshopifyDomain": "demo.myshopify.com"}


async def test_a_path_prefix_names_the_store_when_the_host_does_not(
    shopify: InProcessShopify,
) -> None:
    path = "/demo.myshopify.com/admin/api/2026-10/graphql.json"
    headers = {"X-Shopify-Access-Token": shopify.token}
    answer = await shopify.http.post(path, json={"query": SHOP}, headers=headers)
    assert answer.json()["data"]["shop"]["myshopifyDomain"] == "demo.myshopify.com"


async def test_the_host_wins_over_the_path_prefix(shopify: InProcessShopify) -> None:
    headers = {"X-Shopify-Access-Token": shopify.token, "Host": "nobody.myshopify.com"}
    path = "/demo.myshopify.com/admin/api/2026-10/graphql.json"
    assert (await shopify.http.post(path, json={"query": SHOP}, headers=headers)).status_code == 404


async def test_a_store_that_was_never_put_is_not_found(shopify: InProcessShopify) -> None:
    answer = await shopify.post({"query": SHOP}, Host="other.myshopify.com")
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


@pytest.mark.parametrize("token", ["", "shpat_wrong"])
async def test_a_wrong_token_is_refused_with_the_recorded_text(
    shopify: InProcessShopify, token: str
) -> None:
    answer = await shopify.post({"query": SHOP}, **{"X-Shopify-Access-Token": token})
    assert (answer.status_code, answer.json()) == (401, {"errors": BAD_TOKEN})


async def test_a_store_can_have_a_token_of_its_own(shopify: InProcessShopify) -> None:
    await shopify.put(token="shpat_other")
    assert (await shopify.post({"query": SHOP})).status_code == 401
    shopify.token = "shpat_other"
    assert (await shopify.post({"query": SHOP})).status_code == 200


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"query": 1}'])
async def test_a_body_that_is_no_request_is_bad(shopify: InProcessShopify, body: str) -> None:
    assert (await shopify.post(body)).status_code == 400


@pytest.mark.parametrize(
    ("asked", "served"), [("2026-10", "2026-10"), ("2026-04", "2026-04"), ("2023-01", "2026-01")]
)
async def test_an_old_version_is_served_by_the_oldest_supported_one(
    shopify: InProcessShopify, asked: str, served: str
) -> None:
    answer = await shopify.post({"query": SHOP}, version=asked)
    assert answer.headers["x-shopify-api-version"] == served


async def test_a_word_that_is_no_version_is_not_found(shopify: InProcessShopify) -> None:
    assert (await shopify.post({"query": SHOP}, version="latest")).status_code == 404


async def test_every_answer_has_a_request_id_of_its_own(shopify: InProcessShopify) -> None:
    ids = {(await shopify.post({"query": SHOP})).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_a_missing_scope_is_denied_with_the_scope_in_the_text(
    shopify: InProcessShopify,
) -> None:
    await shopify.put(scopes=["read_products"])
    result = await shopify.graph("{ orders(first: 1) { nodes { id } } }")
    error = result["errors"][0]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert "read_orders access scope" in error["message"]
    assert result["data"] is None


async def test_order_create_needs_an_offline_token(shopify: InProcessShopify) -> None:
    await shopify.put(offline=False)
    query = "mutation { orderCreate(order: {lineItems: []}) { userErrors { message } } }"
    result = await shopify.graph(query)
    assert result["data"] == {"orderCreate": None}
    assert result["errors"][0]["message"] == (
        "Access denied for orderCreate field. Required access: write_orders access scope. Also: "
        "This mutation is only accessible to apps authenticated using offline tokens."
    )


async def test_without_their_scope_fulfillment_orders_are_invisible(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create()
    selection = "fulfillmentOrders(first: 5) { nodes { id } }"
    assert len((await shopify.read(gid, selection))["fulfillmentOrders"]["nodes"]) == 1
    await shopify.put(scopes=["read_orders"])
    assert (await shopify.read(gid, selection))["fulfillmentOrders"]["nodes"] == []
