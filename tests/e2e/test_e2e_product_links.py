"""An order with a SKU that Shopify does not have waits for its link, and a link releases it."""

import json

from tests.system.stack import System

STICKERS = ("1729592969712000011", "STICKERS-01")
MUG = "gid://shopify/ProductVariant/46800000000001"


def test_a_link_releases_every_order_that_waited_for_it(system: System) -> None:
    waiting = system.arrive(system.make.of_sku(*STICKERS), system.make.of_sku(*STICKERS))
    for order_id in waiting:
        assert system.await_status(order_id, "Sync failed").reason_code == "unlinked_sku"
    assert skus(system)[STICKERS[0]]["waiting_orders"] == 2
    linked = system.ordersync("products", "link", STICKERS[0], MUG)
    assert linked.returncode == 0, linked.stderr
    for order_id in waiting:
        system.await_status(order_id, "Synced")
        (line,) = system.shopify.of(order_id)["order"]["lineItems"]["nodes"]
        assert line["variant"]["id"] == MUG
    known = skus(system)[STICKERS[0]]
    assert (known["variant_id"], known["waiting_orders"]) == (MUG, 0)


def test_equal_skus_are_linked_by_themselves(system: System) -> None:
    sku_id = "1729592969712000004"
    (order_id,) = system.arrive(system.make.of_sku(sku_id, "TEE-BLK-L"))
    system.await_status(order_id, "Synced")
    assert skus(system)[sku_id]["linked_by"] == "same_sku"


def skus(system: System) -> dict[str, dict[str, object]]:
    listed = system.ordersync("products", "ls", "-o", "json")
    assert listed.returncode == 0, listed.stderr
    return {sku["sku_id"]: sku for sku in json.loads(listed.stdout)["skus"]}
