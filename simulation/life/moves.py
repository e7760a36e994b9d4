"""From which statuses a TikTok order comes to which, and acts that move it there."""

from collections.abc import Mapping
from typing import Final, Literal

from simulation.life.kinds import ActKind, Given
from simulation.outside import Outside
from simulation.plan import Json

FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "ON_HOLD": ("UNPAID",),
    "AWAITING_SHIPMENT": ("UNPAID", "ON_HOLD"),
    "PARTIALLY_SHIPPING": ("AWAITING_SHIPMENT",),
    "AWAITING_COLLECTION": ("AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"),
    "IN_TRANSIT": ("AWAITING_COLLECTION",),
    "DELIVERED": ("IN_TRANSIT",),
    "COMPLETED": ("DELIVERED",),
    "CANCELLED": (
        "UNPAID",
        "ON_HOLD",
        "AWAITING_SHIPMENT",
        "PARTIALLY_SHIPPING",
        "AWAITING_COLLECTION",
        "IN_TRANSIT",
    ),
}
"""Partner Center, Order status flow. Out of IN_TRANSIT an order is cancelled when its parcel is
lost or comes back. A full refund completes an order that was never delivered: ``REFUNDABLE``."""
REFUNDABLE: Final = ("AWAITING_COLLECTION", "IN_TRANSIT")
UNSHIPPED: Final = ("AWAITING_SHIPMENT",)


async def order_in(outside: Outside, given: Given, statuses: tuple[str, ...]) -> Json | None:
    """The act's order if it is in one of these statuses."""
    order = await outside.tiktok_order(given["order_id"])
    return order if order is not None and order["status"] in statuses else None


def live(order: Json) -> list[Json]:
    """Its lines that are not cancelled."""
    return [line for line in order["line_items"] if line.get("display_status") != "CANCELLED"]


def moves(
    status: str,
    who: Literal["seller", "buyer"] = "seller",
    *,
    out_of: tuple[str, ...] = (),
    units: int = 1,
    **told: Json,
) -> ActKind:
    """Brings an order with so many units to this status; ``told`` is said of it besides."""

    async def move(outside: Outside, given: Given) -> bool:
        order = await order_in(outside, given, out_of or FROM[status])
        if order is None or len(live(order)) < units:
            return False
        patch = {"status": status, **told}
        if status == "ON_HOLD":
            patch["paid_time"] = int(outside.now())
        await outside.tiktok.patch(given["order_id"], patch)
        return True

    return ActKind(who, move)
