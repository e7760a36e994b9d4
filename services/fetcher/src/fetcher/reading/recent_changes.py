"""What one shop's polls saw lately: an overlap is read again only if its count is off.

TikTok may show a change late, so polls overlap; but reading the same orders in every poll would
cost ten times the calls. A search says how many orders its window holds: once all that is new is
read, that must be what we have seen in it, or something was shown late. In memory only: a new
poller reads the overlap once.
"""

from collections.abc import Iterable
from datetime import datetime

from fetcher.domain import Window
from tiktok.wire.orders import Order
from tiktok.wire.values import moment


class RecentChanges:
    """The newest update time of each order seen."""

    def __init__(self) -> None:
        self._dated: dict[str, datetime] = {}

    def note(self, orders: Iterable[Order]) -> None:
        """These were read, and are durable."""
        for order in orders:
            updated_at = moment(order.update_time)
            known = self._dated.get(order.id)
            if updated_at is not None and (known is None or known < updated_at):
                self._dated[order.id] = updated_at

    def count(self, window: Window) -> int:
        """How many were last updated inside the window."""
        return sum(window.since <= at < window.until for at in self._dated.values())

    def forget_before(self, begin: datetime) -> None:
        """No window will begin earlier again."""
        self._dated = {order_id: at for order_id, at in self._dated.items() if at >= begin}
