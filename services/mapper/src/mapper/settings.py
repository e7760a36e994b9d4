"""What the mapper needs to know."""

from connections.settings import ShopifySettings


class MapperSettings(ShopifySettings):
    """``sweep_interval_s``: how often automatic sync looks for orders that nobody woke.

    ``variant_check_interval_s``: how often every linked variant is asked for in Shopify.
    """

    sweep_interval_s: float = 30.0
    variant_check_interval_s: float = 900.0
