"""What the status-tracker needs to know."""

from datetime import timedelta

from connections.settings import ShopifySettings


class TrackerSettings(ShopifySettings):
    """``absent_after_s``: how long until a call whose outcome is unknown is looked at again."""

    absent_after_s: float = 300.0
    concurrency: int = 8

    @property
    def absent_after(self) -> timedelta:
        """``absent_after_s`` as a span."""
        return timedelta(seconds=self.absent_after_s)
