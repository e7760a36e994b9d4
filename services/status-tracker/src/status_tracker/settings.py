"""What the status-tracker needs to know."""

from connections.settings import ShopifySettings


class TrackerSettings(ShopifySettings):
    """``concurrency``: how many orders are worked on side by side."""

    concurrency: int = 8
