"""An observer of a simulator is told of every change of an order, in turn."""

import json
from typing import Any

import pytest

from simulators.shopify import in_process
from simulators.shopify.in_process import custom_id
from simulators.tiktok.in_process import InProcessTikTok

Told = list[tuple[str, str, Any]]
_TAG = 'mutation T($id: ID!) { tagsAdd(id: $id, tags: ["a"]) { userErrors { message } } }'
_CUT = {"kind": "reset_after_commit", "match": {"operation": "tagsAdd"}, "count": 1}


def keeping(told: Told) -> Any:
    return lambda where, name, text: told.append((where, name, text and json.loads(text)))


async def test_tiktoks_is_told_of_orders_as_they_come_change_move_and_go() -> None:
    told: Told = []
    sim = InProcessTikTok(observe=keeping(told))
    sim.start()
    await sim.open_shop()
    first, order = sim.shop_id, {"id": "1", "status": "ON_HOLD", "paid_time": int(sim.now)}
    await sim.post(order)
    sim.now += 3_601
    await sim.control("GET", "/_sim/orders")
    sim.shop_id = "7495540735365777508"
    await sim.open_shop()
    await sim.post(order)
    await sim.control("POST", "/_sim/reset")
    seen = [(shop_id, order and order["status"]) for shop_id, _, order in told]
    assert seen == [
        (first, "ON_HOLD"),
        (first, "AWAITING_SHIPMENT"),
        (first, None),
        (sim.shop_id, "ON_HOLD"),
        (sim.shop_id, None),
    ]


async def test_shopifys_is_told_once_of_what_a_request_changed_whether_it_is_answered_or_not() -> (
    None
):
    told: Told = []
    domains = ("one.myshopify.com", "two.myshopify.com")
    async with in_process.running(domains=domains, observe=keeping(told)) as shopify:
        gid = await shopify.create(sourceIdentifier="T1", metafields=custom_id("T1"))
        await shopify.read(gid, "name")
        await shopify.fault(_CUT)
        with pytest.raises(ConnectionResetError):
            await shopify.ask(_TAG, id=gid)
        await shopify.http.delete(f"/_sim/orders/{gid}")
    assert [(where, shown and shown["order"]["tags"]) for where, _, shown in told] == [
        (domains[0], []),
        (domains[0], ["a"]),
        (domains[0], None),
    ]
    assert {name for _, name, _ in told} == {gid}


async def test_shopifys_is_told_of_what_carriers_report_when_it_shows() -> None:
    told: Told = []
    async with in_process.running(observe=keeping(told)) as shopify:
        await shopify.put(carrier_events=[{"status": "IN_TRANSIT", "after_s": 60}])
        (place,) = (await shopify.ask("{ locations(first: 1) { nodes { id } } }"))["nodes"]
        shipped = {"locationId": place["id"], "trackingCompany": "USPS", "trackingNumber": "94001"}
        gid = await shopify.create(fulfillment=shipped)
        shopify.pass_time(61)
        await shopify.read(gid, "name")
    assert [len(shown["events"]) for _, _, shown in told] == [0, 1]
