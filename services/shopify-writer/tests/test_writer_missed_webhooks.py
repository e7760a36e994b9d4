"""Subscriptions that Shopify gave up are made again, and what was missed meanwhile is found."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.world import faults
from tests.world.shopify import Fault
from tests.world.story import ORDER_ID
from tests.world.writer import a_draft

from shopify.refusals import RefusalKind
from shopify.webhooks import SUBSCRIBED
from shopify_writer.webhooks.missed import LOOKS_BACK

URL = "https://orders.example.com/webhooks/shopify"
LIST = "{ webhookSubscriptions(first: 20) { nodes { id topic uri } } }"
DELETE = "mutation Gone($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"
CANCEL = """
mutation Cancel($id: ID!) {
  orderCancel(orderId: $id, reason: CUSTOMER, restock: false, notifyCustomer: false) {
    orderCancelUserErrors { message }
  }
}"""


@pytest.fixture
async def attended(world: Any) -> Any:
    """The world, with an address for webhooks."""
    await world.reconfigure(shopify_webhook_url=URL)
    return world


async def subscribed(world: Any) -> set[tuple[str, str]]:
    found = (await world.shopify.sim.ask(LIST))["nodes"]
    return {(subscription["topic"], subscription["uri"]) for subscription in found}


async def an_hour_later(world: Any) -> None:
    await world.pass_time(timedelta(hours=1))
    await world.process().round("attend")


async def test_what_shopify_removed_is_subscribed_again_within_the_hour(attended: Any) -> None:
    await attended.process().round("attend")
    everything = {(name, URL) for name in SUBSCRIBED.values()}
    assert await subscribed(attended) == everything
    first = (await attended.shopify.sim.ask(LIST))["nodes"][0]
    await attended.shopify.sim.ask(DELETE, id=first["id"])
    assert await subscribed(attended) != everything
    with capture_logs() as logs:
        await an_hour_later(attended)
    assert await subscribed(attended) == everything
    (line,) = [entry for entry in logs if entry["event"] == "webhooks.subscribed_again"]
    assert [SUBSCRIBED[topic] for topic in line["topics"]] == [first["topic"]]


async def test_a_store_whose_subscriptions_stand_is_asked_once_an_hour(attended: Any) -> None:
    for _ in range(3):
        await attended.process().round("attend")
    assert attended.shopify.asked().count("webhook_subscriptions") == 1
    created = attended.shopify.asked().count("webhook_subscription_create")
    await an_hour_later(attended)
    assert attended.shopify.asked().count("webhook_subscription_create") == created


async def test_an_order_cancelled_while_no_webhook_came_is_found(world: Any) -> None:
    """However long ago it was created; and said once, as its webhook would have said it."""
    await world.say(a_draft())
    await world.hear()
    await world.work_until_settled()
    gid = (await world.shopify.orders())[0]["order"]["id"]
    await world.pass_time(timedelta(days=20))
    await world.shopify.sim.ask(CANCEL, id=gid)
    await an_hour_later(world)
    said = await world.last()
    assert (said.type_name(), said.shopify_order_id, said.reason) == (
        "ShopifyOrderCancelled",
        gid,
        "customer",
    )
    before = len(await world.history())
    await an_hour_later(world)
    assert len(await world.history()) == before


async def test_orders_of_others_are_nothing_to_us(world: Any) -> None:
    gid = await world.place(ORDER_ID)
    await world.shopify.sim.ask(CANCEL, id=gid)
    await world.process().round("attend")
    assert await world.store.streams("order") == ()


async def test_without_an_address_nothing_is_subscribed(world: Any) -> None:
    await world.process().round("attend")
    assert await subscribed(world) == set()


async def test_a_store_that_does_not_answer_waits_for_its_next_turn(attended: Any) -> None:
    attended.shopify.faults["webhook_subscriptions"] = [faults.trouble]
    await attended.process().round("attend")
    assert await subscribed(attended) == set()
    await an_hour_later(attended)
    assert len(await subscribed(attended)) == len(SUBSCRIBED)


@pytest.mark.parametrize("fault", [faults.refusing(RefusalKind.OTHER), faults.trouble])
async def test_cancellations_are_looked_for_where_a_topic_cannot_be_subscribed_to(
    attended: Any, fault: Fault
) -> None:
    await attended.draft()
    await attended.work_until_settled()
    (shown,) = await attended.shopify.orders()
    await attended.shopify.sim.ask(CANCEL, id=shown["order"]["id"])
    attended.shopify.faults["webhook_subscription_create"] = [fault] * 100
    with capture_logs() as logs:
        await an_hour_later(attended)
    assert (await attended.last()).type_name() == "ShopifyOrderCancelled"
    assert "webhooks.not_subscribed" in [line["event"] for line in logs]


def test_it_looks_back_longer_than_shopify_takes_to_give_a_subscription_up() -> None:
    assert timedelta(hours=4) < LOOKS_BACK
