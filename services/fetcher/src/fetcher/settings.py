"""What the fetcher needs to know."""

from datetime import timedelta

from connections.settings import TikTokSettings


class FetcherSettings(TikTokSettings):
    """Seconds.

    ``poll_overlap_s``: how far before the watermark each poll begins. ``sweep_interval_s``: how
    often open orders are read anew, because TikTok dates only status changes.
    """

    poll_interval_s: float = 10.0
    poll_overlap_s: float = 120.0
    sweep_interval_s: float = 900.0
    longest_window_s: float = 86_400.0

    @property
    def overlap(self) -> timedelta:
        """``poll_overlap_s`` as a span."""
        return timedelta(seconds=self.poll_overlap_s)
