"""What the mapper needs to know."""

from pydantic import Field

from connections.settings import ShopifySettings


class MapperSettings(ShopifySettings):
    """``automatic_sync_interval_s``: how often automatic sync looks for orders that nobody woke.

    ``variant_check_interval_s``: how often every linked variant is asked for in Shopify.
    ``products_fresh_for_s``: so old what was read of a store's products may be for a link to rest
    on it; a SKU that was not found is looked up again after so long.
    ``queue_interval_s``: how often the queues of waiting orders and of products to read are looked
    at although nothing was put there by this process.
    ``blocked_check_interval_s``: how often every order that waits for a link, for its store or for
    its shop's window is decided on again.
    """

    automatic_sync_interval_s: float = Field(default=30.0, gt=0)
    variant_check_interval_s: float = Field(default=900.0, gt=0)
    blocked_check_interval_s: float = Field(default=3600.0, gt=0)
    queue_interval_s: float = Field(default=1.0, gt=0)
    products_fresh_for_s: float = Field(default=900.0, gt=0)
