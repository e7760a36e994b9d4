"""What a merchant does in Shopify is heard of by webhook and shown."""

from tests.system.stack import System
from tests.system.waiting import wait_until

from lifecycle.status import view


def test_an_order_deleted_in_shopify_is_shown_as_deleted_and_not_created_again(
    system: System,
) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    system.shopify.delete(order_id)
    wait_until(lambda: "ShopifyOrderRemoved" in system.life(order_id).events, 30)
    life = system.life(order_id)
    assert life.events.count("ShopifyOrderCreated") == 1
    assert "Deleted in Shopify" in str(view(life.order))
    printed = system.ordersync("order", "show", order_id).stdout
    assert "Deleted in Shopify" in printed
