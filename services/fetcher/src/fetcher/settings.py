"""What the fetcher needs to know."""

from datetime import timedelta

from pydantic import Field, SecretStr

from connections.settings import TikTokSettings
from tiktok.calls import App


class FetcherSettings(TikTokSettings):
    """Seconds.

    ``poll_overlap_s``: how far before the watermark each poll begins. ``sweep_interval_s``: how
    often open orders are read anew, because TikTok dates only status changes.
    ``assignment_interval_s``: how often replicas look which shops are theirs.
    ``inbox_interval_s``: how often notifications are looked for that nothing told of.
    ``authorisations_interval_s``: how often authorisations that end and subscriptions are looked
    at. ``erasure_interval_s``: how often recipients that are due are looked for.
    ``orders_per_page``: TikTok gives 100 at most.
    ``tiktok_webhook_port``: where TikTok's notifications are taken, behind whatever ends TLS; 0:
    nowhere, polling finds everything. ``tiktok_old_app_secret``: still accepted in signatures
    while the app's secret is changed. ``erase_recipients_after_days``: counted from when an order
    was completed or cancelled.
    """

    poll_interval_s: float = Field(default=10.0, gt=0)
    poll_overlap_s: float = Field(default=120.0, gt=0)
    sweep_interval_s: float = Field(default=900.0, gt=0)
    aftermath_interval_s: float = Field(default=60.0, gt=0)
    reconcile_interval_s: float = Field(default=3600.0, gt=0)
    longest_window_s: float = Field(default=86_400.0, gt=0)
    assignment_interval_s: float = Field(default=1.0, gt=0)
    inbox_interval_s: float = Field(default=1.0, gt=0)
    authorisations_interval_s: float = Field(default=3600.0, gt=0)
    erasure_interval_s: float = Field(default=600.0, gt=0)
    orders_per_page: int = Field(default=100, ge=1, le=100)
    erase_recipients_after_days: int = Field(default=30, ge=1)
    bulk_stops_at_lag: int = Field(default=1000, ge=0)
    tiktok_webhook_host: str = "127.0.0.1"
    tiktok_webhook_port: int = Field(default=0, ge=0, le=65535)
    tiktok_old_app_secret: SecretStr = SecretStr("")

    @property
    def keep_recipients_for(self) -> timedelta:
        """``erase_recipients_after_days`` as a span."""
        return timedelta(days=self.erase_recipients_after_days)

    @property
    def overlap(self) -> timedelta:
        """``poll_overlap_s`` as a span."""
        return timedelta(seconds=self.poll_overlap_s)

    @property
    def sweep_every(self) -> timedelta:
        """``sweep_interval_s`` as a span."""
        return timedelta(seconds=self.sweep_interval_s)

    @property
    def aftermath_every(self) -> timedelta:
        """``aftermath_interval_s`` as a span."""
        return timedelta(seconds=self.aftermath_interval_s)

    @property
    def reconcile_every(self) -> timedelta:
        """``reconcile_interval_s`` as a span."""
        return timedelta(seconds=self.reconcile_interval_s)

    @property
    def longest_window(self) -> timedelta:
        """``longest_window_s`` as a span."""
        return timedelta(seconds=self.longest_window_s)

    @property
    def apps(self) -> tuple[App, ...]:
        """Ours, and with its old secret while that is still accepted."""
        secrets = (self.tiktok_app_secret, self.tiktok_old_app_secret)
        return tuple(
            App(self.tiktok_app_key, secret.get_secret_value())
            for secret in secrets
            if secret.get_secret_value()
        )
