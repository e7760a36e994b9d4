"""The control interface: stores, orders, requests, reset, planted orders."""

import json

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, custom_id, line
from simulators.shopify.settings import Settings


async def test_keys_that_are_absent_keep_their_value(shopify: InProcessShopify) -> None:
    await shopify.put(plan="plus", search_lag_s=3, unique_metafield="drop")
    answer = (await shopify.put(lookup_lag_s=1)).json()
    assert {key: answer[key] for key in ("plan", "search_lag_s", "unique_metafield")} == {
        "plan": "plus",
        "search_lag_s": 3.0,
        "unique_metafield": "drop",
    }
    assert len(answer["variants"]) == 2


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"plan": "gold"}, "plan: one of dev, basic"),
        ({"unique_metafield": "keep"}, "unique_metafield: one of refuse, drop"),
        ({"search_lag_s": -1}, "search_lag_s: seconds"),
        ({"nonsense": 1}, "nonsense: unknown"),
        ({"variants": {}}, "variants: a list"),
        ({"variants": [{"sku": "x"}]}, "variants[0].id: missing"),
        ({"variants": [{"id": 1, "quantity": "many"}]}, "variants[0].quantity: a whole number"),
    ],
)
async def test_a_wrong_setting_is_named_and_changes_nothing(
    shopify: InProcessShopify, settings: Json, names: str
) -> None:
    answer = await shopify.put(**settings, lookup_lag_s=9)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(names)
    assert (await shopify.put()).json()["lookup_lag_s"] == 0


async def test_an_order_is_shown_as_received_as_made_and_as_changed(
    shopify: InProcessShopify,
) -> None:
    options = {"inventoryBehaviour": "BYPASS"}
    sent = {"lineItems": [line()], "email": "planted@example.com", "tags": ["b", "a"]}
    gid = await shopify.create(options, **sent)
    query = """mutation T($id: ID!) { tagsAdd(id: $id, tags: ["c"]) { userErrors { message } } }"""
    await shopify.ask(query, id=gid)
    (shown,) = await shopify.orders()
    assert shown["input"] == {"order": sent, "options": options}
    order = shown["order"]
    assert (order["id"], order["name"], order["tags"]) == (gid, "#1001", ["a", "b", "c"])
    assert order["totalPriceSet"]["shopMoney"] == {"amount": "49.98", "currencyCode": "USD"}
    assert order["lineItems"]["nodes"][0]["variant"]["sku"] == "TEE-BLK-M"
    assert shown["customer"]["defaultEmailAddress"]["emailAddress"] == "planted@example.com"
    assert (shown["fulfillments"], shown["events"]) == ([], [])
    created, tagged = shown["history"]
    assert (created["operation"], created["input"]) == ("orderCreate", shown["input"])
    assert (tagged["operation"], tagged["input"]) == ("tagsAdd", {"id": gid, "tags": ["c"]})
    assert tagged["at"] == shopify.now


async def test_literals_in_the_document_are_shown_as_received_too(
    shopify: InProcessShopify,
) -> None:
    query = """mutation { orderCreate(order: {lineItems: [{title: "x", quantity: 1}]}) {
        order { id } } }"""
    await shopify.ask(query)
    (shown,) = await shopify.orders()
    lines = [{"title": "x", "quantity": 1}]
    assert shown["input"] == {"order": {"lineItems": lines}, "options": None}


async def test_orders_of_one_store_are_not_shown_in_another(shopify: InProcessShopify) -> None:
    await shopify.create()
    shopify.domain = "second.myshopify.com"
    await shopify.put()
    assert await shopify.orders() == []
    both = (await shopify.http.get("/_sim/orders")).json()["orders"]
    assert len(both) == 1


async def test_an_unknown_store_is_named(shopify: InProcessShopify) -> None:
    for path in ("/_sim/orders", "/_sim/stats"):
        answer = await shopify.http.get(path, params={"shop": "nobody.myshopify.com"})
        assert answer.status_code == 404
        assert "nobody.myshopify.com" in answer.json()["error"]


async def test_requests_are_shown_as_received_and_the_control_side_is_not(
    shopify: InProcessShopify,
) -> None:
    body = json.dumps({"query": "{ shop { id } }"})
    await shopify.post(body)
    (request,) = (await shopify.http.get("/_sim/requests")).json()["requests"]
    assert (request["method"], request["path"]) == ("POST", "/admin/api/2026-10/graphql.json")
    assert (request["body"], request["status"]) == (body, 200)
    assert request["headers"]["x-shopify-access-token"] == shopify.token


async def test_reset_empties_orders_requests_and_faults_and_keeps_the_store(
    shopify: InProcessShopify,
) -> None:
    await shopify.put(plan="plus", token="shpat_kept")
    shopify.token = "shpat_kept"
    await shopify.define_custom_id()
    await shopify.create(
        {"inventoryBehaviour": "DECREMENT_IGNORING_POLICY"},
        metafields=custom_id("576"),
        email="planted@example.com",
    )
    await shopify.fault({"kind": "status"})
    await shopify.http.post("/_sim/reset")
    assert await shopify.orders() == []
    assert (await shopify.http.get("/_sim/requests")).json() == {"requests": []}
    assert (await shopify.stats())["requests"] == {}
    assert await shopify.find("576") is None
    gid = await shopify.create(metafields=custom_id("576"), email="planted@example.com")
    order = await shopify.read(gid, "name customer { numberOfOrders }")
    assert order == {"name": "#1001", "customer": {"numberOfOrders": "1"}}
    query = "query V($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
    variant = await shopify.ask(query, id=line()["variantId"])
    assert variant == {"inventoryQuantity": 1000}


async def test_another_apps_orders_can_be_planted(shopify: InProcessShopify) -> None:
    await shopify.define_custom_id()
    order = {
        "lineItems": [{"title": "x", "quantity": 1}],
        "tags": ["TikTokOrderID:576"],
        "metafields": custom_id("576"),
    }
    answer = await shopify.http.post(
        "/_sim/orders", params={"shop": shopify.domain}, json=[{"order": order}]
    )
    (planted,) = answer.json()["orders"]
    assert await shopify.find("576") is None
    assert (await shopify.read(planted["id"], "tags app { id }")) == {
        "tags": ["TikTokOrderID:576"],
        "app": {"id": "gid://shopify/App/99"},
    }
    assert (await shopify.stats())["requests"].get("orderCreate") is None


@pytest.mark.parametrize(
    ("orders", "names"),
    [
        ([], "orders: a list"),
        ([{"order": {}}], "orders[0].order.lineItems"),
        ([{"order": {"lineItems": [{"title": "x"}]}}], "orders[0].order.lineItems.0.quantity"),
    ],
)
async def test_a_planted_order_that_cannot_be_is_named(
    shopify: InProcessShopify, orders: list[Json], names: str
) -> None:
    params = {"shop": shopify.domain}
    answer = await shopify.http.post("/_sim/orders", params=params, json=orders)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(names)


async def test_a_person_can_delete_an_order_in_the_admin(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    number = gid.rpartition("/")[2]
    assert (await shopify.http.delete(f"/_sim/orders/{number}")).json() == {"deleted": gid}
    answer = (await shopify.http.get("/_sim/orders")).json()
    assert answer == {"orders": [], "deleted": [gid]}
    assert (await shopify.http.delete(f"/_sim/orders/{number}")).status_code == 404


async def test_a_body_that_is_not_json_is_named(shopify: InProcessShopify) -> None:
    answer = await shopify.http.put("/_sim/faults", content=b"{")
    assert (answer.status_code, answer.json()) == (400, {"error": "body: not JSON"})


async def test_a_person_acts_in_the_admin_without_any_budget(shopify: InProcessShopify) -> None:
    gid = await shopify.create()
    used, note = (
        await shopify.stats(),
        "mutation N($input: OrderInput!) { orderUpdate(input: $input)",
    )
    body = {
        "query": f"{note} {{ order {{ note }} userErrors {{ message }} }} }}",
        "variables": {"input": {"id": gid, "note": "call first"}},
    }
    path = f"/_sim/graphql?shop={shopify.domain}"
    done = (await shopify.http.post(path, json=body)).json()
    assert done["data"]["orderUpdate"]["order"] == {"note": "call first"}
    assert await shopify.stats() == used
    wrong = (await shopify.http.post(path, json={"query": "{ nothing }"})).json()
    assert (wrong["data"], len(wrong["errors"])) == (None, 1)


async def test_scopes_that_a_merchant_takes_are_missing_until_they_are_given_back(
    shopify: InProcessShopify,
) -> None:
    code = (await shopify.http.post("/_sim/codes", json={"shop": shopify.domain})).json()["code"]
    app = {"client_id": Settings().client_id, "client_secret": Settings().client_secret}
    given = {**app, "code": code}
    issued = await shopify.http.post(f"/{shopify.domain}/admin/oauth/access_token", json=given)
    token = {"X-Shopify-Access-Token": issued.json()["access_token"]}
    query = {"query": "{ orders(first: 1) { nodes { id } } }"}
    seen = []
    for taken in ([], ["read_orders", "write_orders"], []):
        await shopify.put(taken_scopes=taken)
        seen.append("errors" in (await shopify.post(query, **token)).json())
    assert seen == [False, True, False]
    assert "errors" not in (await shopify.post(query)).json()
