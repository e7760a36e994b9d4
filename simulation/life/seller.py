"""How orders come to TikTok Shop, and how sellers and their carriers bring them to the buyer."""

from collections.abc import Mapping

from simulation.life.kinds import ActKind, Given
from simulation.life.moves import moves
from simulation.life.raw_order import raw_order
from simulation.outside import Outside


async def _place(outside: Outside, given: Given) -> bool:
    if await outside.tiktok_order(given["order_id"]) is not None:
        return False
    path = f"/_sim/orders?privacy=by_status&shop_id={given['shop_id']}"
    await outside.tiktok.control("POST", path, [raw_order(given, outside.now())])
    return True


async def _touch(outside: Outside, given: Given) -> bool:
    touched = False
    for order_id in given["order_ids"]:
        if await outside.tiktok_order(order_id) is not None:
            await outside.tiktok.patch(order_id, {}, touch=True)
            touched = True
    return touched


SELLER: Mapping[str, ActKind] = {
    "place_order": ActKind("buyer", _place),
    "pay": moves("AWAITING_SHIPMENT", "buyer", out_of=("UNPAID",)),
    "pay_held": moves("ON_HOLD", "buyer", is_on_hold_order=True),
    "ship_part": moves("PARTIALLY_SHIPPING", units=2),
    "ship": moves("AWAITING_COLLECTION"),
    "in_transit": moves("IN_TRANSIT"),
    "deliver": moves("DELIVERED"),
    "complete": moves("COMPLETED"),
    "cancel_order": moves("CANCELLED", cancellation_initiator="SELLER", cancel_reason="Lost"),
    "touch_orders": ActKind("seller", _touch),
}
