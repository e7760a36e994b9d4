"""SKUs that are linked by themselves because the store has the same one."""

from tests.world.story import SHOP_ID, SKU_ID, fetched, line
from tests.world.world import World

from eventstore.store import ANY_VERSION, Append
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream
from simulators.shopify.in_process import TEE


async def test_a_link_that_was_told_otherwise_holds_up_no_order() -> None:
    async with World.open("mapper") as world:
        await world.connect(auto_link_same_sku=True, automatic_sync=True)
        store = world.shopify.sim.domain
        told = events.ProductLinked(
            shop_id=SHOP_ID, sku_id=SKU_ID, variant_id=TEE, store=store, linked_by="import"
        )
        event_id = fact_id("same_sku", SHOP_ID, SKU_ID, store, TEE)
        new = NewEvent(event_id, told, world.now, Trace("test"))
        await world.store.append([Append(link_stream(SHOP_ID, SKU_ID), ANY_VERSION, (new,))])
        gone = events.ProductUnlinked(shop_id=SHOP_ID, sku_id=SKU_ID, unlinked_by="ana")
        await world.say(gone)
        await world.hear(fetched(lines=(line(1, sku_id=SKU_ID, seller_sku="TEE-BLK-M"),)))
        history = await world.history()
        assert [recorded.name for recorded in history][-1] == "ShopifyOrderDraft"
