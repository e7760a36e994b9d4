"""Second thoughts of buyers and sellers: cancellations, refunds, another address."""

from collections.abc import Mapping
from typing import Final

from simulation.life.kinds import ActKind, Given
from simulation.life.moves import REFUNDABLE, UNSHIPPED, live, moves, order_in
from simulation.life.raw_order import street
from simulation.outside import Outside
from simulation.plan import Json

_REQUESTABLE: Final = (*UNSHIPPED, "PARTIALLY_SHIPPING", "AWAITING_COLLECTION")
"""Until the parcel is on its way (Partner Center, Order status flow)."""


async def _cancel_line(outside: Outside, given: Given) -> bool:
    order = await order_in(outside, given, UNSHIPPED)
    if order is None or len(live(order)) < 2:
        return False
    told = {"display_status": "CANCELLED", "cancel_user": "SELLER", "cancel_reason": "Sold out"}
    live(order)[-1].update(told)
    await outside.tiktok.patch(order["id"], {"line_items": order["line_items"]})
    return True


async def _request(outside: Outside, given: Given) -> bool:
    order = await order_in(outside, given, _REQUESTABLE)
    if order is None or order["is_buyer_request_cancel"]:
        return False
    await outside.tiktok.patch(order["id"], {"is_buyer_request_cancel": True})
    return True


async def _requested(outside: Outside, given: Given) -> Json | None:
    order = await order_in(outside, given, _REQUESTABLE)
    return order if order is not None and order["is_buyer_request_cancel"] else None


async def _accept(outside: Outside, given: Given) -> bool:
    order = await _requested(outside, given)
    if order is None:
        return False
    told = {"cancellation_initiator": "BUYER", "cancel_reason": "No longer needed"}
    await outside.tiktok.patch(order["id"], {"status": "CANCELLED", **told})
    return True


async def _reject(outside: Outside, given: Given) -> bool:
    order = await _requested(outside, given)
    if order is None:
        return False
    await outside.tiktok.control("POST", f"/_sim/orders/{order['id']}/reject_cancellation")
    return True


async def _withdraw(outside: Outside, given: Given) -> bool:
    order = await _requested(outside, given)
    if order is None:
        return False
    await outside.tiktok.patch(order["id"], {"is_buyer_request_cancel": False})
    return True


async def _correct_address(outside: Outside, given: Given) -> bool:
    order = await order_in(outside, given, UNSHIPPED)
    if order is None:
        return False
    address = street(order["id"], f"{int(outside.now()) % 10_000}")
    patch = {"recipient_address": address, "has_updated_recipient_address": True}
    await outside.tiktok.patch(order["id"], patch)
    return True


AFTERSALES: Mapping[str, ActKind] = {
    "cancel_line": ActKind("seller", _cancel_line),
    "request_cancel": ActKind("buyer", _request),
    "accept_cancel": ActKind("seller", _accept),
    "reject_cancel": ActKind("seller", _reject),
    "withdraw_cancel": ActKind("buyer", _withdraw),
    "refund_undelivered": moves("COMPLETED", "buyer", out_of=REFUNDABLE),
    "correct_address": ActKind("buyer", _correct_address),
}
