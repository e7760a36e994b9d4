"""ON_HOLD ends by itself: one hour after payment the order is AWAITING_SHIPMENT."""

import heapq

from simulators.tiktok.order_fields import Json, seconds
from simulators.tiktok.stored_order import StoredOrder


class Holds:
    """When which order's remorse window is over."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._due: list[tuple[float, str]] = []

    def follow(self, order: StoredOrder, raw: Json, now: float) -> None:
        """An order on hold is due `hold_s` after payment; if that is over, `hold_s` from now."""
        if order.status != "ON_HOLD":
            return
        due = (seconds(raw, "paid_time") or now) + self._hold_s
        heapq.heappush(self._due, (due if due > now else now + self._hold_s, order.id))

    def take_due(self, now: float) -> list[str]:
        """The orders whose time has come. They may have left the hold since."""
        due: list[str] = []
        while self._due and self._due[0][0] <= now:
            due.append(heapq.heappop(self._due)[1])
        return due
