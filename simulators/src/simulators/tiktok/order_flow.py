"""How orders come in and change, and what follows: packages, cancellations, holds, notifications.

`update_time` is the time of the last status change (Partner Center: Get Order List 202309): a new
address or tracking number does not move it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from simulators.observer import Observe, nobody
from simulators.tiktok import notices
from simulators.tiktok.cancellation_book import CancellationBook
from simulators.tiktok.holds import Holds
from simulators.tiktok.ids import IdSource
from simulators.tiktok.merge_patch import merged
from simulators.tiktok.notices import Notice
from simulators.tiktok.order_fields import Json, record_id, seconds
from simulators.tiktok.package_book import PackageBook
from simulators.tiktok.return_book import ReturnBook
from simulators.tiktok.settings import DAY_S
from simulators.tiktok.shelf import Page, Search, Shelf
from simulators.tiktok.stored_order import Privacy, StoredOrder
from simulators.tiktok.transitions import advance

_OLDEST_CREATION_S = 6 * DAY_S


class BadOrder(ValueError):
    """An order that cannot be stored or changed; names the field and the fix."""


@dataclass(frozen=True, slots=True)
class _Consequences:
    packages: frozenset[str]
    cancellation: Notice | None


@dataclass(slots=True)
class OrderFlow:
    """All orders. `now` gives unix seconds; `notify` sends a notification if anybody listens;
    `observe` is told of every change of an order, first of all.
    """

    now: Callable[[], float]
    notify: Callable[[Notice], None]
    ids: IdSource
    hold_s: float
    observe: Observe = nobody
    packages: PackageBook = field(init=False)
    cancellations: CancellationBook = field(init=False)
    returns: ReturnBook = field(init=False)
    _holds: Holds = field(init=False)
    _shelves: dict[str, Shelf[StoredOrder]] = field(default_factory=dict)
    _shop_of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets every order and what came of it."""
        for order in self:
            self.observe(order.shop_id, order.id, None)
        self.packages = PackageBook()
        self.cancellations = CancellationBook(self.ids)
        self.returns = ReturnBook(self.ids)
        self._holds = Holds(self.hold_s)
        self._shelves = {}
        self._shop_of = {}

    def __iter__(self) -> Iterator[StoredOrder]:
        for shelf in self._shelves.values():
            yield from shelf

    def get(self, order_id: str) -> StoredOrder | None:
        """The order of this id, whatever its shop."""
        shop_id = self._shop_of.get(order_id)
        return None if shop_id is None else self._shelves[shop_id].get(order_id)

    def search(self, shop_id: str, search: Search[StoredOrder]) -> Page[StoredOrder]:
        """A page of a shop's orders."""
        return self._shelf(shop_id).search(search)

    def post(
        self,
        raw: Json,
        shop_id: str,
        *,
        as_given: bool,
        privacy: Privacy = Privacy.AS_STORED,
    ) -> StoredOrder:
        """Stores an order as given, its times made current unless `as_given`."""
        at = int(self.now())
        if as_given:
            order = StoredOrder.read(raw, shop_id, privacy, at)
            self._keep(order, raw, order.update_time)
            return order
        created = seconds(raw, "create_time")
        fresh = created is not None and created >= at - _OLDEST_CREATION_S
        current = raw | {"update_time": at} | ({} if fresh else {"create_time": at})
        return self.place(current, shop_id, privacy, at)

    def place(self, raw: Json, shop_id: str, privacy: Privacy, at: int) -> StoredOrder:
        """Stores an order whose times are right already, and notifies."""
        order = StoredOrder.read(raw, shop_id, privacy, at)
        consequences = self._keep(order, raw, at)
        self.notify(notices.status_changed(order, raw))
        if consequences.cancellation:
            self.notify(consequences.cancellation)
        return order

    def store_history(self, raw: Json, shop_id: str, privacy: Privacy) -> StoredOrder:
        """Stores an order that came to its present status in the past; nobody is told."""
        order = StoredOrder.read(raw, shop_id, privacy, int(self.now()))
        self._keep(order, raw, order.update_time)
        return order

    def patch(self, order: StoredOrder, patch: Json, *, touch: bool) -> StoredOrder:
        """Changes an order by a merge patch and fills what TikTok fills. Raises BadOrder."""
        before, at = order.raw(), int(self.now())
        raw = cast("Json", merged(before, patch))
        if record_id(raw) != order.id:
            raise BadOrder("id: cannot be changed; post a new order instead")
        moved = raw.get("status") != before.get("status")
        if moved:
            advance(raw, str(raw.get("status", "")), at, self.ids, frozenset(patch))
        if (moved or touch) and "update_time" not in patch:
            raw["update_time"] = at
        after = StoredOrder.read(raw, order.shop_id, order.privacy, order.update_time)
        consequences = self._keep(after, raw, at)
        for notice in _notices(before, raw, after, consequences, at):
            self.notify(notice)
        return after

    def reject_cancellation(self, order: StoredOrder) -> StoredOrder:
        """The seller rejects what the buyer asks. Raises BadOrder when that is nothing."""
        rejected = self.cancellations.reject(order, int(self.now()))
        if rejected is None:
            raise BadOrder("is_buyer_request_cancel: the buyer asks for no cancellation")
        after = self.patch(order, {"is_buyer_request_cancel": False}, touch=False)
        self.notify(notices.cancellation_changed(after, rejected))
        return after

    def release_holds(self) -> None:
        """Orders whose remorse window is over become AWAITING_SHIPMENT."""
        for order_id in self._holds.take_due(self.now()):
            order = self.get(order_id)
            if order is not None and order.status == "ON_HOLD":
                self.patch(order, {"status": "AWAITING_SHIPMENT"}, touch=False)

    def _keep(self, order: StoredOrder, raw: Json, at: int) -> _Consequences:
        elsewhere = self._shop_of.get(order.id)
        if elsewhere not in (None, order.shop_id):
            self._shelves[elsewhere].remove(order.id)
            self.observe(elsewhere, order.id, None)
        self._shop_of[order.id] = order.shop_id
        self._shelf(order.shop_id).put(order)
        self.observe(order.shop_id, order.id, order.text)
        self._holds.follow(order, raw, self.now())
        self.returns.follow(order, raw, at)
        cancelled = self.cancellations.follow(order, raw, at)
        return _Consequences(
            self.packages.follow(order, raw, at),
            notices.cancellation_changed(order, cancelled) if cancelled else None,
        )

    def _shelf(self, shop_id: str) -> Shelf[StoredOrder]:
        return self._shelves.setdefault(shop_id, Shelf())


def _notices(
    before: Json, raw: Json, after: StoredOrder, consequences: _Consequences, at: int
) -> Iterator[Notice]:
    moved = raw.get("status") != before.get("status")
    if moved:
        yield notices.status_changed(after, raw)
    if raw.get("recipient_address") != before.get("recipient_address"):
        yield notices.address_changed(after, at)
    if consequences.packages and not moved:
        yield notices.packages_changed(after, consequences.packages, at)
    if consequences.cancellation:
        yield consequences.cancellation
