"""What sellers do to parcels that are not on their way yet: split, combine, another number."""

from collections.abc import Mapping, Sequence

from simulation.life.kinds import ActKind, Given
from simulation.life.moves import UNSHIPPED, live, order_in
from simulation.outside import Outside
from simulation.plan import Json

_PACKED = ("AWAITING_COLLECTION",)
_PARCEL = (
    "package_id",
    "tracking_number",
    "shipping_provider_id",
    "shipping_provider_name",
    "package_status",
)


async def _split(outside: Outside, given: Given) -> bool:
    order = await order_in(outside, given, _PACKED)
    if order is None:
        return False
    packed = live(order)
    for at, line in enumerate(packed):
        if any(other["package_id"] == line["package_id"] for other in packed[:at]):
            made = int(outside.now())
            line["package_id"] = f"1153{made}{order['id'][-4:]}"
            line["tracking_number"] = f"9400{made}{order['id'][-4:]}"
            return await _pack(outside, order)
    return False


async def _combine(outside: Outside, given: Given) -> bool:
    order = await order_in(outside, given, _PACKED)
    if order is None:
        return False
    packed = live(order)
    if len({line["package_id"] for line in packed}) < 2:
        return False
    _put(packed[1:], packed[0])
    return await _pack(outside, order)


async def _ship_together(outside: Outside, given: Given) -> bool:
    """This order goes into the parcel of another."""
    order = await order_in(outside, given, UNSHIPPED)
    other = await order_in(outside, {"order_id": given["with_order_id"]}, (*UNSHIPPED, *_PACKED))
    if order is None or other is None:
        return False
    if other["status"] in UNSHIPPED:
        other = await outside.tiktok.patch(other["id"], {"status": "AWAITING_COLLECTION"})
    _put(live(order), live(other)[0])
    for line in live(order):
        line["display_status"] = "AWAITING_COLLECTION"
    return await _pack(outside, order, status="AWAITING_COLLECTION")


def _put(lines: Sequence[Json], beside: Json) -> None:
    for line in lines:
        line.update({name: beside[name] for name in _PARCEL if name in beside})


async def _pack(outside: Outside, order: Json, **told: Json) -> bool:
    ids = dict.fromkeys(line["package_id"] for line in live(order))
    packages = [{"id": package_id} for package_id in ids]
    patch = {"line_items": order["line_items"], "packages": packages, **told}
    await outside.tiktok.patch(order["id"], patch)
    return True


async def _change_tracking(outside: Outside, given: Given) -> bool:
    order = await order_in(outside, given, (*_PACKED, "IN_TRANSIT"))
    if order is None:
        return False
    number = f"9405{int(outside.now())}{order['id'][-4:]}"
    first = live(order)[0]["package_id"]
    for line in live(order):
        if line["package_id"] == first:
            line["tracking_number"] = number
    return await _pack(outside, order, tracking_number=number)


PARCELS: Mapping[str, ActKind] = {
    "split": ActKind("seller", _split),
    "combine": ActKind("seller", _combine),
    "ship_together": ActKind("seller", _ship_together),
    "change_tracking": ActKind("seller", _change_tracking),
}
