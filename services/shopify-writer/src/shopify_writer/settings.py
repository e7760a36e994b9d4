"""What the shopify-writer needs to know."""

from datetime import timedelta

from connections.settings import ShopifySettings


class WriterSettings(ShopifySettings):
    """``absent_after_s``: after a call's deadline, how long until its absence is believed.

    ``shopify_call_deadline_s``: after so long a call's outcome is unknown.
    """

    absent_after_s: float = 300.0
    shopify_call_deadline_s: float = 30.0
    concurrency: int = 16

    @property
    def absent_after(self) -> timedelta:
        """``absent_after_s`` as a span."""
        return timedelta(seconds=self.absent_after_s)

    @property
    def call_deadline(self) -> timedelta:
        """``shopify_call_deadline_s`` as a span."""
        return timedelta(seconds=self.shopify_call_deadline_s)
