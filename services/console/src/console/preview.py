"""What an order would become in Shopify now, by the mapper's own translation."""

from console.queries import OrderHistory, UnknownOrder
from eventstore import EventStore
from lifecycle import link, shop
from mapping.draft import Source, sku_ids
from mapping.preview import Preview, preview
from ordersync_contracts.streams import link_stream, shop_stream


async def preview_order(store: EventStore, found: OrderHistory) -> Preview:
    """The order with the shop's settings and links as they are now; two reads.

    UnknownOrder when TikTok's order itself has not been fetched yet.
    """
    snapshot = found.order.snapshot
    if snapshot is None:
        raise UnknownOrder(f"order {found.order_id} has not been fetched from TikTok yet")
    streams = {sku: link_stream(found.shop_id, sku) for sku in sku_ids(snapshot.event) if sku}
    histories = await store.read_many([shop_stream(found.shop_id), *streams.values()])
    known = shop.fold(histories[shop_stream(found.shop_id)])
    links = {sku: link.linked(histories[stream]) for sku, stream in streams.items()}
    usable = {
        sku: linked.variant_id
        for sku, linked in links.items()
        if linked is not None and linked.store == known.store
    }
    return preview(Source(snapshot.event, snapshot.version, known, usable))
