"""What TikTok fills in when an order's status changes: times, packages, tracking, line statuses.

`advance` changes the order it is given. A top-level field named in `given` is left alone; of lines
named in `given`, only fields that are absent are filled. Order statuses and who sets which time:
Partner Center, Order status flow and Get Order List 202309.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from simulators.tiktok.ids import IdSource
from simulators.tiktok.order_fields import Json, is_cancelled, lines, record_id

CARRIERS = (
    ("USPS", "7117858858072016686", "9400"),
    ("UPS", "7117859084333745966", "1Z99"),
    ("UniUni", "7352738314622863120", "UUS2"),
    ("SpeedX", "7325327335803406082", "SPX1"),
)
"""Name, id and the start of a tracking number of carriers seen in the US."""

_STAGE = {
    "UNPAID": 0,
    "ON_HOLD": 1,
    "AWAITING_SHIPMENT": 2,
    "PARTIALLY_SHIPPING": 3,
    "AWAITING_COLLECTION": 4,
    "IN_TRANSIT": 5,
    "DELIVERED": 6,
    "COMPLETED": 7,
}
_TIMES = (
    ("paid_time", "ON_HOLD", "COMPLETED"),
    ("rts_time", "AWAITING_COLLECTION", "COMPLETED"),
    ("collection_time", "IN_TRANSIT", "DELIVERED"),
    ("delivery_time", "DELIVERED", "DELIVERED"),
)
"""Which time is set by reaching which statuses. COMPLETED sets none of its own: an order that comes
there without delivery_time was refunded undelivered."""
_PACKAGE_STATUS = {
    "AWAITING_COLLECTION": "PROCESSING",
    "IN_TRANSIT": "FULFILLING",
    "DELIVERED": "COMPLETED",
    "COMPLETED": "COMPLETED",
    "CANCELLED": "CANCELLED",
}


def advance(
    raw: Json, status: str, at: int, ids: IdSource, given: AbstractSet[str] = frozenset()
) -> None:
    """Brings the order to `status` at `at` (unix seconds). An unknown status fills nothing."""
    raw["status"] = status
    change = _Change(raw, at, ids, given)
    if status == "CANCELLED":
        change.cancel()
    elif status in _STAGE:
        change.reach(status)


@dataclass(frozen=True, slots=True)
class _Change:
    raw: Json
    at: int
    ids: IdSource
    given: AbstractSet[str]

    def reach(self, status: str) -> None:
        stage = _STAGE[status]
        if stage >= _STAGE["PARTIALLY_SHIPPING"]:
            self.ship(self.open_lines(status))
        for key, first, last in _TIMES:
            if _STAGE[first] <= stage <= _STAGE[last]:
                self.set_once(key, self.at)
        for line in self.live():
            self.set_line_status(line, status)

    def cancel(self) -> None:
        self.set_once("cancel_time", self.at)
        self.set_once("cancellation_initiator", "BUYER")
        self.set_once("cancel_reason", "No longer needed")
        for line in self.live():
            self.set_line(line, "cancel_user", self.raw["cancellation_initiator"], once=True)
            self.set_line(line, "cancel_reason", self.raw["cancel_reason"], once=True)
            self.set_line_status(line, "CANCELLED")

    def live(self) -> list[Json]:
        return [line for line in lines(self.raw) if not is_cancelled(line)]

    def open_lines(self, status: str) -> list[Json]:
        """The lines that leave now: all that have no package, or one when only a part leaves."""
        waiting = [line for line in self.live() if not record_id(line, "package_id")]
        if status != "PARTIALLY_SHIPPING":
            return waiting
        return waiting[:1] if len(waiting) == len(self.live()) else []

    def ship(self, leaving: list[Json]) -> None:
        package_id = self.ids.take("1153")
        name, provider_id, head = CARRIERS[int(package_id) % len(CARRIERS)]
        tracking = head + self.ids.take("2026")
        for line in leaving:
            self.set_line(line, "package_id", package_id, once=True)
            self.set_line(line, "tracking_number", tracking, once=True)
            self.set_line(line, "shipping_provider_id", provider_id, once=True)
            self.set_line(line, "shipping_provider_name", name, once=True)
            self.set_line(line, "rts_time", self.at, once=True)
        self.tell_packages()

    def tell_packages(self) -> None:
        """The order level repeats what the lines say: all package ids, the first tracking."""
        shipped = [line for line in lines(self.raw) if record_id(line, "package_id")]
        if not shipped:
            return
        if "packages" not in self.given:
            ids = dict.fromkeys(record_id(line, "package_id") for line in shipped)
            self.raw["packages"] = [{"id": package_id} for package_id in ids]
        first = shipped[0]
        self.set_once("tracking_number", first.get("tracking_number", ""))
        self.set_once("shipping_provider_id", first.get("shipping_provider_id", ""))
        self.set_once("shipping_provider", first.get("shipping_provider_name", ""))

    def set_line_status(self, line: Json, status: str) -> None:
        shown = _line_status(status, shipped=bool(record_id(line, "package_id")))
        self.set_line(line, "display_status", shown)
        if record_id(line, "package_id") and shown in _PACKAGE_STATUS:
            self.set_line(line, "package_status", _PACKAGE_STATUS[shown])

    def set_once(self, key: str, value: object) -> None:
        if key not in self.given and self.raw.get(key) in (None, "", 0):
            self.raw[key] = value

    def set_line(self, line: Json, key: str, value: object, *, once: bool = False) -> None:
        if once or "line_items" in self.given:
            if line.get(key) in (None, ""):
                line[key] = value
            return
        line[key] = value


def _line_status(status: str, *, shipped: bool) -> str:
    """Lines know neither ON_HOLD nor PARTIALLY_SHIPPING."""
    if status == "PARTIALLY_SHIPPING":
        return "AWAITING_COLLECTION" if shipped else "AWAITING_SHIPMENT"
    return "AWAITING_SHIPMENT" if status == "ON_HOLD" else status
