"""Webhooks: who gets them, how they are signed, what happens when they are not taken."""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from simulators.shopify.in_process import InProcessShopify

URI = "https://app.example/webhooks"
SUBSCRIBE = """mutation S($topic: WebhookSubscriptionTopic!, $in: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $in) {
    webhookSubscription { id topic uri format } userErrors { field message } } }"""


async def subscribe(shopify: InProcessShopify, topic: str, uri: str = URI) -> Any:
    return await shopify.ask(SUBSCRIBE, topic=topic, **{"in": {"uri": uri}})


def is_genuine(request: httpx.Request) -> Any:
    expected = hmac.digest(b"simulator-secret", request.content, hashlib.sha256)
    return base64.b64decode(request.headers["x-shopify-hmac-sha256"]) == expected


async def test_a_deletion_and_a_cancellation_reach_their_subscribers(
    shopify: InProcessShopify,
) -> None:
    for topic in ("ORDERS_DELETE", "ORDERS_CANCELLED"):
        assert (await subscribe(shopify, topic))["userErrors"] == []
    gid = await shopify.create()
    await shopify.ask(
        """mutation C($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: false) {
            job { id } } }""",
        id=gid,
    )
    cancelled = await shopify.inbox.next()
    await shopify.ask("mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId } }", id=gid)
    deleted = await shopify.inbox.next()
    assert cancelled.headers["x-shopify-topic"] == "orders/cancelled"
    assert deleted.headers["x-shopify-topic"] == "orders/delete"
    assert json.loads(cancelled.content)["admin_graphql_api_id"] == gid
    assert json.loads(deleted.content) == {"id": int(gid.rpartition("/")[2])}
    assert all(map(is_genuine, (cancelled, deleted)))
    assert deleted.headers["x-shopify-shop-domain"] == shopify.domain
    ids = {request.headers["x-shopify-webhook-id"] for request in (cancelled, deleted)}
    assert len(ids) == 2


async def test_a_webhook_that_is_not_taken_comes_again_with_the_same_id(
    shopify: InProcessShopify,
) -> None:
    await subscribe(shopify, "ORDERS_DELETE")
    shopify.inbox.answers[:] = [500, 200]
    gid = await shopify.create()
    await shopify.http.delete(f"/_sim/orders/{gid}")
    first, second = [await shopify.inbox.next() for _ in range(2)]
    assert first.headers["x-shopify-webhook-id"] == second.headers["x-shopify-webhook-id"]
    assert first.content == second.content


@pytest.mark.parametrize(("dead", "left"), [("keep", 1), ("delete", 0)])
async def test_a_subscription_that_nobody_answers_is_kept_or_deleted(
    shopify: InProcessShopify, dead: str, left: int
) -> None:
    await shopify.put(dead_webhooks=dead)
    await subscribe(shopify, "ORDERS_DELETE")
    shopify.inbox.answers[:] = [500, 500, 500]
    await shopify.http.delete(f"/_sim/orders/{await shopify.create()}")
    for _ in range(3):
        await shopify.inbox.next()
    await asyncio.sleep(0)
    query = "{ webhookSubscriptions(first: 9) { nodes { topic } } }"
    assert len((await shopify.ask(query))["nodes"]) == left


async def test_without_a_subscription_nothing_is_sent(shopify: InProcessShopify) -> None:
    await shopify.http.delete(f"/_sim/orders/{await shopify.create()}")
    given = {"shop": shopify.domain, "topic": "orders/delete", "payload": {"id": 1}}
    assert (await shopify.http.post("/_sim/webhook", json=given)).json() == {"deliveries": []}
    assert shopify.inbox.requests == []


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request", "shop/redact"])
async def test_compliance_topics_go_to_the_apps_address(
    shopify: InProcessShopify, topic: str
) -> None:
    await shopify.http.put("/_sim/webhooks", json={"compliance_uri": URI})
    given = {"shop": shopify.domain, "topic": topic, "payload": {"shop_domain": shopify.domain}}
    answer = await shopify.http.post("/_sim/webhook", json=given)
    assert answer.json() == {"deliveries": [{"uri": URI, "status": 200}]}
    (request,) = shopify.inbox.requests
    assert (request.headers["x-shopify-topic"], is_genuine(request)) == (topic, True)
    assert json.loads(request.content) == given["payload"]


async def test_a_webhook_can_be_sent_twice_or_with_a_wrong_signature(
    shopify: InProcessShopify,
) -> None:
    given = {"shop": shopify.domain, "topic": "APP_UNINSTALLED", "uri": URI, "webhook_id": "w1"}
    for signed in (True, False):
        await shopify.http.post("/_sim/webhook", json={**given, "signed": signed})
    assert [is_genuine(request) for request in shopify.inbox.requests] == [True, False]
    heads = [request.headers for request in shopify.inbox.requests]
    assert [head["x-shopify-webhook-id"] for head in heads] == ["w1", "w1"]
    assert heads[0]["x-shopify-topic"] == "app/uninstalled"


async def test_a_subscription_needs_an_address_and_is_made_once(shopify: InProcessShopify) -> None:
    assert (await subscribe(shopify, "ORDERS_DELETE", ""))["userErrors"]
    assert (await subscribe(shopify, "ORDERS_DELETE", "app.example"))["userErrors"]
    made = (await subscribe(shopify, "ORDERS_DELETE"))["webhookSubscription"]
    assert (made["uri"], made["format"]) == (URI, "JSON")
    again = await subscribe(shopify, "ORDERS_DELETE")
    assert again["userErrors"][0]["message"] == "Address for this topic has already been taken"


async def test_subscriptions_are_listed_and_removed(shopify: InProcessShopify) -> None:
    made = (await subscribe(shopify, "ORDERS_DELETE"))["webhookSubscription"]
    query = "{ webhookSubscriptions(first: 9) { nodes { id topic } } }"
    assert (await shopify.ask(query))["nodes"] == [{"id": made["id"], "topic": "ORDERS_DELETE"}]
    remove = """mutation R($id: ID!) { webhookSubscriptionDelete(id: $id) {
        deletedWebhookSubscriptionId userErrors { message } } }"""
    assert (await shopify.ask(remove, id=made["id"]))["userErrors"] == []
    assert (await shopify.ask(remove, id=made["id"]))["userErrors"]
    assert (await shopify.ask(query))["nodes"] == []
