"""Too many requests: a bucket per shop and endpoint, holding one second's worth."""

from collections.abc import Callable

from simulators.tiktok.envelope import Refused


class RateLimit:
    """`per_s` None: no limit. TikTok's own limits are dynamic and not published."""

    def __init__(self, per_s: float | None, now: Callable[[], float]) -> None:
        self._per_s = per_s
        self._now = now
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, shop_id: str, endpoint: str) -> None:
        """Counts a request. Raises Refused 36009002."""
        if self._per_s is None:
            return
        now = self._now()
        most = max(self._per_s, 1)
        left, since = self._left.get((shop_id, endpoint), (most, now))
        left = min(most, left + (now - since) * self._per_s)
        self._left[shop_id, endpoint] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise too_many_requests()


def too_many_requests() -> Refused:
    """36009002."""
    return Refused(36009002, 429, "Too many requests. Please try again later.")
