"""Changes of a store's products, told to the streams of the shops that sell there."""

from connections.shop_book import ShopBook
from eventstore.journal import Journal
from ordersync_contracts.events import ProductsChanged
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import products_stream
from shopify.webhooks import PRODUCT_DELETED, Webhook


async def tell_of_products(journal: Journal, shops: ShopBook, webhook: Webhook) -> None:
    """Once for each shop, however often the webhook is carried out."""
    is_deleted = webhook.topic == PRODUCT_DELETED
    for shop in await shops.of_store(webhook.store):
        event = ProductsChanged(shop_id=shop.shop_id, store=webhook.store, deleted=is_deleted)
        event_id = fact_id("ProductsChanged", shop.shop_id, webhook.id)
        await journal.fact(products_stream(shop.shop_id), event_id, event)
