"""What the shopify-writer needs to know."""

from connections.settings import ShopifySettings


class WriterSettings(ShopifySettings):
    """``concurrency``: how many orders are worked on side by side."""

    concurrency: int = 16
