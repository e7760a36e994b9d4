"""Cancellations, kept in step with the orders: a line that is cancelled has one, and so has a
buyer's request that is still open.

Partner Center: Search Cancellations 202309. The order shows display text, this API machine names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from simulators.tiktok.ids import IdSource
from simulators.tiktok.money import ZERO, amount, written
from simulators.tiktok.order_fields import Json, is_cancelled, lines, record_id, text
from simulators.tiktok.shelf import Page, Search, Shelf
from simulators.tiktok.stored_order import StoredOrder

_PENDING = "CANCELLATION_REQUEST_PENDING"
_WITHDRAWN = "CANCELLATION_REQUEST_CANCEL"
_REJECTED = "CANCELLATION_REQUEST_REJECT"
_COMPLETE = "CANCELLATION_REQUEST_COMPLETE"
_REASONS = {
    "BUYER": "ecom_order_to_ship_canceled_reason_no_longer_needed",
    "SELLER": "seller_cancel_reason_out_of_stock",
    "SYSTEM": "system_cancel_unpaid_time_out",
}


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One cancellation of some lines of an order."""

    id: str
    order_id: str
    type: str
    status: str
    role: str
    reason_text: str
    buyer_user_id: str
    create_time: int
    update_time: int
    lines: tuple[Mapping[str, object], ...]
    refund: Mapping[str, str]

    def shown(self) -> Json:
        """As the search shows it."""
        return {
            "cancel_id": self.id,
            "order_id": self.order_id,
            "cancel_type": self.type,
            "cancel_status": self.status,
            "role": self.role,
            "cancel_reason": _REASONS[self.role],
            "cancel_reason_text": self.reason_text,
            "create_time": self.create_time,
            "update_time": self.update_time,
            "refund_amount": dict(self.refund),
            "cancel_line_items": [dict(line) for line in self.lines],
        }


class CancellationBook:
    """The cancellations of all shops."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._shelves: dict[str, Shelf[Cancellation]] = {}
        self._pending: dict[str, Cancellation] = {}
        self._recorded: dict[str, frozenset[str]] = {}

    def search(self, shop_id: str, search: Search[Cancellation]) -> Page[Cancellation]:
        """A page of a shop's cancellations."""
        return self._shelf(shop_id).search(search)

    def follow(self, order: StoredOrder, raw: Json, at: int) -> Cancellation | None:
        """Takes over what the order says; returns the cancellation that is new or has changed."""
        every = order.status == "CANCELLED"
        now_cancelled = {record_id(line) for line in lines(raw) if every or is_cancelled(line)}
        fresh = frozenset(now_cancelled) - self._recorded.get(order.id, frozenset())
        pending = self._pending.get(order.id)
        if fresh:
            self._recorded[order.id] = self._recorded.get(order.id, frozenset()) | fresh
            self._pending.pop(order.id, None)
            return self._keep(order, self._completed(order, raw, at, fresh, pending))
        if order.is_buyer_request_cancel and pending is None and not every:
            asked = self._new(order, raw, at, frozenset(map(record_id, lines(raw))))
            asked = replace(asked, type="BUYER_CANCEL", status=_PENDING, role="BUYER")
            self._pending[order.id] = asked
            return self._keep(order, asked)
        if pending is not None and not order.is_buyer_request_cancel:
            return self._close(order, pending, _WITHDRAWN, at)
        return None

    def reject(self, order: StoredOrder, at: int) -> Cancellation | None:
        """The seller rejects what the buyer asks; None: the buyer asks nothing."""
        pending = self._pending.get(order.id)
        return None if pending is None else self._close(order, pending, _REJECTED, at)

    def _close(
        self, order: StoredOrder, pending: Cancellation, status: str, at: int
    ) -> Cancellation:
        del self._pending[order.id]
        return self._keep(order, replace(pending, status=status, update_time=at))

    def _completed(
        self,
        order: StoredOrder,
        raw: Json,
        at: int,
        fresh: frozenset[str],
        asked: Cancellation | None,
    ) -> Cancellation:
        done = self._new(order, raw, at, fresh)
        if asked is None:
            return done
        return replace(
            done, id=asked.id, type=asked.type, role=asked.role, create_time=asked.create_time
        )

    def _new(self, order: StoredOrder, raw: Json, at: int, ids: frozenset[str]) -> Cancellation:
        held = [line for line in lines(raw) if record_id(line) in ids]
        initiator = text(raw, "cancellation_initiator") or text(held[0], "cancel_user")
        paid = bool(raw.get("paid_time"))
        return Cancellation(
            id=self._ids.take("4035"),
            order_id=order.id,
            type="CANCEL",
            status=_COMPLETE,
            role=initiator if initiator in _REASONS else "SELLER",
            reason_text=text(raw, "cancel_reason") or text(held[0], "cancel_reason"),
            buyer_user_id=order.buyer_user_id,
            create_time=at,
            update_time=at,
            lines=tuple(_cancel_line(line, self._ids.take("4036"), paid=paid) for line in held),
            refund=refund_of(held, paid=paid),
        )

    def _keep(self, order: StoredOrder, cancellation: Cancellation) -> Cancellation:
        self._shelf(order.shop_id).put(cancellation)
        return cancellation

    def _shelf(self, shop_id: str) -> Shelf[Cancellation]:
        return self._shelves.setdefault(shop_id, Shelf())


def _cancel_line(line: Json, cancel_line_id: str, *, paid: bool) -> Json:
    return {
        "cancel_line_item_id": cancel_line_id,
        "order_line_item_id": record_id(line),
        **{key: text(line, key) for key in ("sku_id", "seller_sku", "sku_name", "product_name")},
        "refund_amount": refund_of([line], paid=paid),
    }


def refund_of(held: list[Json], *, paid: bool) -> dict[str, str]:
    """What the buyer gets back for these lines: nothing when the order was never paid."""
    subtotal = sum((amount(line.get("sale_price")) for line in held), ZERO) if paid else ZERO
    tax = sum((line_tax(line) for line in held), ZERO) if paid else ZERO
    return {
        "currency": text(held[0], "currency") if held else "USD",
        "refund_subtotal": written(subtotal),
        "refund_shipping_fee": "0",
        "refund_tax": written(tax),
        "refund_total": written(subtotal + tax),
    }


def line_tax(line: Mapping[str, object]) -> Decimal:
    """The sales tax of one unit."""
    taxes = line.get("item_tax")
    found = [tax for tax in taxes if isinstance(tax, dict)] if isinstance(taxes, list) else []
    return sum((amount(tax.get("tax_amount")) for tax in found), ZERO)
