"""What the mapper needs to know."""

from connections.settings import ShopifySettings


class MapperSettings(ShopifySettings):
    """``sweep_interval_s``: how often automatic sync looks for orders that nobody woke."""

    sweep_interval_s: float = 30.0
