"""An order in two locations is fulfilled in both, each unit once."""

from typing import Any

import pytest
from tests.world import faults, story
from tests.world.shopify import Fault
from tests.world.tracked import Case

from simulators.shopify.in_process import line

MUG, BOWL = "gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2"
SKUS = {MUG: "MUG-BLUE-11", BOWL: "BOWL-RED-6"}


async def two_places(case: Case, bowls: int = 1) -> None:
    """An order of one mug from the east and bowls from the west."""
    places = {MUG: "East", BOWL: "West"}
    variants = [
        {"id": gid, "sku": SKUS[gid], "title": "T", "price": "1.00", "location": place}
        for gid, place in places.items()
    ]
    (await case.sim.put(variants=variants)).raise_for_status()
    others = (story.line(n + 2, seller_sku=SKUS[BOWL]) for n in range(bowls))
    await case.world.hear(case.seen(lines=(story.line(1), *others)))
    await case.request()
    lines = [line(variantId=gid, quantity=1 if gid == MUG else bowls) for gid in SKUS]
    await case.create(lineItems=lines)


def moving(case: Case, **parcels: str) -> dict[str, Any]:
    """All units are on their way; keywords: the package of each unit by its number."""
    assert case.snapshot is not None
    lines = tuple(
        unit.model_copy(
            update={
                "status": "IN_TRANSIT",
                "package_id": parcels.get(f"u{n}", ""),
                "tracking_number": parcels.get(f"u{n}", ""),
            }
        )
        for n, unit in enumerate(case.snapshot.lines, start=1)
    )
    packages = tuple(sorted(set(parcels.values())))
    number = "" if parcels else "1Z999"
    return {
        "status": "IN_TRANSIT",
        "lines": lines,
        "package_ids": packages,
        "tracking_number": number,
    }


async def sent(case: Case) -> list[tuple[str, int, list[str]]]:
    """Each fulfilment: tracking number, units, events."""
    return [
        (
            sent["trackingInfo"][0]["number"],
            sent["totalQuantity"],
            [event["status"] for event in sent["events"]["nodes"]],
        )
        for sent in (await case.world.ordered())["fulfillments"]
    ]


@pytest.mark.parametrize("fault", [None, *faults.OF_ANY_CALL])
@pytest.mark.parametrize("at", [0, 1], ids=["first", "second"])
async def test_a_whole_order_in_two_locations_is_fulfilled_in_both_once(
    case: Case, fault: Fault | None, at: int
) -> None:
    await two_places(case)
    case.world.shopify.faults["fulfillment_create"] = [*[None, None][:at], fault]
    await case.happens(**moving(case))
    assert await sent(case) == [("1Z999", 1, ["IN_TRANSIT"])] * 2
    assert (await case.order())["displayFulfillmentStatus"] == "FULFILLED"
    (synced,) = await case.world.told("DeliveryStatusSynced")
    assert len(set(synced.fulfillment_ids)) == 2


async def test_packages_from_two_locations_are_split_right(case: Case) -> None:
    """One parcel with the mug and a bowl, one with the other bowl."""
    await two_places(case, bowls=2)
    await case.happens(**moving(case, u1="p1", u2="p1", u3="p2"))
    assert sorted(await sent(case)) == [
        ("p1", 1, ["IN_TRANSIT"]),
        ("p1", 1, ["IN_TRANSIT"]),
        ("p2", 1, ["IN_TRANSIT"]),
    ]
    arrived = case.world.now
    assert case.snapshot is not None
    units = case.snapshot.lines
    delivered = tuple(unit.model_copy(update={"status": "DELIVERED"}) for unit in units)
    await case.happens(status="DELIVERED", delivered_at=arrived, lines=delivered)
    assert [events_ for _, _, events_ in await sent(case)] == [["IN_TRANSIT", "DELIVERED"]] * 3
