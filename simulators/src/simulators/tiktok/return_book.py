"""Returns and refunds, kept in step with the orders: an order that is COMPLETED without having been
delivered was refunded in full.

Partner Center: Search Returns 202309.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.tiktok.cancellation_book import refund_of
from simulators.tiktok.ids import IdSource
from simulators.tiktok.order_fields import Json, is_cancelled, lines, record_id, text
from simulators.tiktok.shelf import Page, Search, Shelf
from simulators.tiktok.stored_order import StoredOrder


@dataclass(frozen=True, slots=True)
class Return:
    """One return; `body` is what the search shows."""

    id: str
    order_id: str
    status: str
    type: str
    buyer_user_id: str
    create_time: int
    update_time: int
    body: Mapping[str, object]


class ReturnBook:
    """The returns of all shops."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._shelves: dict[str, Shelf[Return]] = {}
        self._refunded: set[str] = set()

    def search(self, shop_id: str, search: Search[Return]) -> Page[Return]:
        """A page of a shop's returns."""
        return self._shelf(shop_id).search(search)

    def follow(self, order: StoredOrder, raw: Json, at: int) -> None:
        """Takes over what the order says."""
        undelivered = order.status == "COMPLETED" and not raw.get("delivery_time")
        held = [line for line in lines(raw) if not is_cancelled(line)]
        if undelivered and held and order.id not in self._refunded:
            self._refunded.add(order.id)
            self._shelf(order.shop_id).put(self._refund(order, held, at))

    def _refund(self, order: StoredOrder, held: list[Json], at: int) -> Return:
        return_id = self._ids.take("4037")
        status, kind = "RETURN_OR_REFUND_REQUEST_COMPLETE", "REFUND"
        body: Json = {
            "return_id": return_id,
            "order_id": order.id,
            "return_type": kind,
            "return_status": status,
            "role": "BUYER",
            "return_reason": "ecom_order_shipped_refund_reason_parcel_lost",
            "return_reason_text": "Package lost",
            "refund_amount": refund_of(held, paid=True),
            "return_line_items": [
                {
                    "return_line_item_id": self._ids.take("4038"),
                    "order_line_item_id": record_id(line),
                    "refund_amount": refund_of([line], paid=True),
                    **{key: text(line, key) for key in ("sku_id", "seller_sku", "product_name")},
                }
                for line in held
            ],
            "create_time": at,
            "update_time": at,
        }
        return Return(return_id, order.id, status, kind, order.buyer_user_id, at, at, body)

    def _shelf(self, shop_id: str) -> Shelf[Return]:
        return self._shelves.setdefault(shop_id, Shelf())
