"""Given what an order's stream says, then these delivery statuses are new."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import (
    NOW,
    ORDER_ID,
    SHOP_ID,
    STORE,
    created,
    fetched,
    folded,
    line,
    stream,
)
from tests.world.world import World
from tests.world.writer import a_draft

from eventstore.journal import Cause
from eventstore.wakeups import Wakeup
from ordersync_contracts import events
from ordersync_contracts.events import DeliveryStatusChanged, Event
from status_tracker.deliveries.domain import (
    Parcel,
    Unit,
    carriers,
    parcels,
    to_apply,
    units_in_shopify,
)
from status_tracker.domain import decide, is_answered
from status_tracker.intake import Tracked, to_jobs

IDS = {"shop_id": SHOP_ID, "order_id": ORDER_ID}


def on_its_way(**changes: Any) -> events.OrderFetched:
    """The order of one mug, collected an hour ago."""
    whole = {
        "status": "IN_TRANSIT",
        "collected_at": NOW - timedelta(hours=1),
        "tracking_number": "1Z999",
        "shipping_provider": "UPS",
        "package_ids": ("package-1",),
        "lines": (line(status="IN_TRANSIT"),),
    }
    return fetched(**whole | changes)


def packed(n: int, package: str, status: str, **changes: Any) -> events.OrderLine:
    parcel = {
        "package_id": package,
        "tracking_number": f"track-{package}",
        "shipping_provider": "UPS",
        "status": status,
    }
    return line(n, **parcel | changes)


def statuses(decided: tuple[Event, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (event.status, event.line_ids)
        for event in decided
        if isinstance(event, DeliveryStatusChanged)
    ]


@pytest.mark.parametrize(
    "status", ["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "AWAITING_COLLECTION", "CANCELLED", "NEW"]
)
def test_nothing_is_on_its_way_before_it_was_collected(status: str) -> None:
    order = folded(fetched(status=status, lines=(line(status=status),)))
    assert decide(order) == ()


def test_a_collected_order_is_in_transit_since_its_collection() -> None:
    assert decide(folded(on_its_way())) == (
        DeliveryStatusChanged(
            **IDS,
            status="in_transit",
            happened_at=NOW - timedelta(hours=1),
            carrier="UPS",
            tracking_number="1Z999",
            package_id="package-1",
        ),
    )


def test_without_a_collection_time_the_update_time_counts() -> None:
    (changed,) = decide(folded(on_its_way(collected_at=None)))
    assert isinstance(changed, DeliveryStatusChanged)
    assert changed.happened_at == on_its_way().updated_at


def test_the_order_s_status_counts_for_units_that_have_none() -> None:
    assert statuses(decide(folded(on_its_way(lines=(line(status=""),))))) == [("in_transit", ())]


def test_a_delivered_order_that_was_in_transit_is_delivered_since_its_delivery() -> None:
    collected = folded(on_its_way())
    there = on_its_way(
        status="DELIVERED", delivered_at=NOW, updated_at=NOW, lines=(line(status="DELIVERED"),)
    )
    (changed,) = decide(folded(on_its_way(), *decide(collected), there))
    assert isinstance(changed, DeliveryStatusChanged)
    assert (changed.status, changed.happened_at) == ("delivered", NOW)


def test_an_order_first_seen_delivered_was_in_transit_before() -> None:
    there = on_its_way(status="DELIVERED", delivered_at=NOW, lines=(line(status="DELIVERED"),))
    first, second = decide(folded(there))
    assert isinstance(first, DeliveryStatusChanged)
    assert isinstance(second, DeliveryStatusChanged)
    assert (first.status, first.happened_at) == ("in_transit", NOW - timedelta(hours=1))
    assert (second.status, second.happened_at) == ("delivered", NOW)


def test_an_order_first_seen_delivered_without_collection_time_is_delivered_only() -> None:
    there = on_its_way(status="DELIVERED", collected_at=None, lines=(line(status="DELIVERED"),))
    assert statuses(decide(folded(there))) == [("delivered", ())]


def test_an_order_completed_with_a_delivery_time_is_delivered() -> None:
    done = on_its_way(status="COMPLETED", delivered_at=NOW, lines=(line(status="COMPLETED"),))
    assert statuses(decide(folded(done))) == [("in_transit", ()), ("delivered", ())]


def test_an_order_completed_without_a_delivery_was_refunded_not_delivered() -> None:
    refunded = on_its_way(status="COMPLETED", lines=(line(status="COMPLETED"),))
    assert decide(folded(refunded)) == ()


def test_being_woken_again_changes_nothing() -> None:
    decided = decide(folded(on_its_way()))
    assert decide(folded(on_its_way(), *decided)) == ()


def test_a_status_never_goes_backwards() -> None:
    there = on_its_way(status="DELIVERED", delivered_at=NOW, lines=(line(status="DELIVERED"),))
    back = on_its_way(updated_at=NOW + timedelta(hours=1))
    assert decide(folded(there, *decide(folded(there)), back)) == ()
    unknown = on_its_way(collected_at=None, status="DELIVERED", lines=(line(status="DELIVERED"),))
    told = decide(folded(unknown))
    assert decide(folded(unknown, *told, back)) == ()


def test_split_packages_go_their_own_ways() -> None:
    a, b = packed(1, "a", "IN_TRANSIT"), packed(2, "b", "AWAITING_COLLECTION")
    partly = on_its_way(status="PARTIALLY_SHIPPING", lines=(a, b), package_ids=("a", "b"))
    first = decide(folded(partly))
    assert statuses(first) == [("in_transit", (a.line_id,))]
    (changed,) = first
    assert isinstance(changed, DeliveryStatusChanged)
    assert (changed.package_id, changed.tracking_number) == ("a", "track-a")
    later = on_its_way(
        lines=(packed(1, "a", "DELIVERED"), packed(2, "b", "IN_TRANSIT")),
        package_ids=("a", "b"),
        updated_at=NOW,
        delivered_at=NOW,
    )
    second = decide(folded(partly, *first, later))
    assert statuses(second) == [("delivered", (a.line_id,)), ("in_transit", (b.line_id,))]


def test_units_of_one_package_travel_together() -> None:
    a = [packed(n, "a", "IN_TRANSIT") for n in (1, 2)]
    b = packed(3, "b", "DELIVERED")
    assert parcels(on_its_way(lines=(a[0], b, a[1]))) == (
        Parcel("in_transit", "a", "track-a", "UPS", (a[0].line_id, a[1].line_id)),
        Parcel("delivered", "b", "track-b", "UPS", (b.line_id,)),
    )


def test_a_parcel_is_only_as_far_as_its_last_unit() -> None:
    mixed = (packed(1, "a", "DELIVERED"), packed(2, "a", "IN_TRANSIT"))
    assert [parcel.status for parcel in parcels(on_its_way(lines=mixed))] == ["in_transit"]
    waiting = (packed(1, "a", "IN_TRANSIT"), packed(2, "a", "AWAITING_COLLECTION"))
    assert parcels(on_its_way(lines=waiting)) == ()


def test_a_unit_that_is_not_packed_yet_holds_up_no_parcel() -> None:
    """The order names one package and its number; the other unit has none of its own."""
    shipped = packed(1, "package-1", "IN_TRANSIT", tracking_number="1Z999")
    waiting = line(2, status="AWAITING_SHIPMENT")
    (parcel,) = parcels(on_its_way(status="PARTIALLY_SHIPPING", lines=(shipped, waiting)))
    assert parcel.line_ids == (shipped.line_id,)


def test_two_packages_never_share_the_order_s_tracking_number() -> None:
    lines = (
        packed(1, "a", "IN_TRANSIT", tracking_number=""),
        packed(2, "b", "IN_TRANSIT", tracking_number=""),
    )
    found = parcels(on_its_way(lines=lines, package_ids=("a", "b")))
    assert [parcel.tracking_number for parcel in found] == ["", ""]


def test_of_two_packages_none_is_guessed_for_units_that_name_none() -> None:
    units = (line(1, status="IN_TRANSIT"), line(2, status="IN_TRANSIT"))
    (parcel,) = parcels(on_its_way(lines=units, package_ids=("a", "b")))
    assert (parcel.package_id, parcel.tracking_number) == ("", "")


def test_cancelled_units_travel_nowhere() -> None:
    kept, gone = line(1, status="IN_TRANSIT"), line(2, status="CANCELLED")
    decided = decide(folded(on_its_way(lines=(kept, gone))))
    assert statuses(decided) == [("in_transit", (kept.line_id,))]


def test_an_order_whose_every_unit_is_cancelled_is_nowhere() -> None:
    assert decide(folded(on_its_way(lines=(line(status="CANCELLED"),)))) == ()


def test_what_tiktok_ships_is_not_tracked() -> None:
    assert decide(folded(on_its_way(fulfillment_type="FULFILLMENT_BY_TIKTOK"))) == ()


@pytest.mark.parametrize("status", ["CANCELLED", "CANCEL"])
def test_a_cancellation_after_creation_is_told_once(status: str) -> None:
    gone = fetched(status=status, cancelled_by="BUYER")
    assert decide(folded(gone)) == ()
    (cancelled,) = decide(folded(created(), gone))
    assert cancelled == events.OrderCancelled(
        **IDS, snapshot_version=2, whole_order=True, cancelled_by="BUYER"
    )
    assert decide(folded(created(), gone, cancelled)) == ()


@pytest.mark.parametrize(
    ("names", "answered"),
    [
        (("OrderFetched",), False),
        (("OrderFetched", "DeliveryStatusChanged"), True),
        (("OrderFetched", "OrderCancelled"), True),
        (("DeliveryStatusChanged", "OrderFetched"), False),
        (("OrderFetched", "OrderFetched", "DeliveryStatusSynced"), False),
        (("OrderFetched", "OrderFetched", "ShopifyUpdateFailed"), False),
    ],
)
def test_only_what_the_deciding_says_later_shows_that_it_was_done(
    names: tuple[str, ...], answered: bool
) -> None:
    assert is_answered(names, names.index("OrderFetched") + 1) is answered


def synced(version: int, fulfilment: str = "f-1") -> events.DeliveryStatusSynced:
    return events.DeliveryStatusSynced(
        **IDS, store=STORE, status="in_transit", delivery_version=version, fulfillment_id=fulfilment
    )


def changed(status: str = "in_transit", *line_ids: str) -> DeliveryStatusChanged:
    return DeliveryStatusChanged.model_validate(
        {**IDS, "status": status, "happened_at": "2026-11-25T11:00:00Z", "line_ids": line_ids}
    )


def removed() -> events.ShopifyOrderRemoved:
    return events.ShopifyOrderRemoved(
        **IDS, store=STORE, shopify_order_id="gid://shopify/Order/1", seen_by="webhook"
    )


def test_statuses_are_applied_in_order_once_the_order_stands() -> None:
    early = (changed(), changed("delivered"))
    assert to_apply(folded(*early)) == ()
    assert [at.version for at in to_apply(folded(*early, created()))] == [1, 2]
    assert [at.version for at in to_apply(folded(*early, created(), synced(1)))] == [2]


def test_an_order_created_again_gets_its_statuses_again() -> None:
    before = (created(), changed(), synced(2), removed())
    assert to_apply(folded(*before)) == ()
    again = folded(*before, created("gid://shopify/Order/2"))
    assert [at.version for at in to_apply(again)] == [2]


def test_the_fulfilment_of_an_earlier_status_carries_the_parcel_s_next() -> None:
    order = folded(
        created(), changed("in_transit", "1"), changed("in_transit", "2"),
        synced(2, "f-1"), synced(3, "f-2"),
    )  # fmt: skip
    assert carriers(order, changed("delivered", "2")) == {"f-2"}
    assert carriers(order, changed("delivered", "3")) == frozenset()


@pytest.mark.parametrize(
    ("draft_lane", "outcome", "lane"),
    [("live", "created", "live"), ("bulk", "created", "bulk"), ("live", "adopted", "bulk")],
)
def test_what_a_backfill_brings_to_orders_goes_before_nothing_new(
    draft_lane: str, outcome: str, lane: str
) -> None:
    """What happens to such an order later is as new as what happens to any."""
    draft = a_draft(lane=draft_lane)
    on_the_way = DeliveryStatusChanged(
        **IDS, status="in_transit", happened_at=NOW - timedelta(hours=1)
    )
    delivered = DeliveryStatusChanged(**IDS, status="delivered", happened_at=NOW)
    stands = created().model_copy(update={"outcome": outcome, "draft_version": 2})
    history = stream(on_its_way(), draft, on_the_way, stands, delivered)
    jobs = to_jobs(Tracked.fold(history), NOW)
    assert {job.version: job.lane for job in jobs} == {3: lane, 5: "live"}


async def test_what_is_replayed_goes_before_nothing_new() -> None:
    async with World.open("status-tracker") as world:
        await world.connect()
        delivered = DeliveryStatusChanged(**IDS, status="delivered", happened_at=NOW)
        *_, recorded = await world.say(fetched(), created(), delivered)
        wakeup = Wakeup(
            Cause(recorded.stream, str(recorded.id)), recorded.event, 3, is_replayed=True
        )
        handle = world.process().service.on_records
        assert handle is not None
        await handle([wakeup])
        assert [job.lane for job in await world.jobs()] == ["replay"]


def test_the_units_in_shopify_are_those_of_the_draft_that_was_requested() -> None:
    """As many of one TikTok unit as the bundle has parts; without a draft TikTok's own units."""
    draft = a_draft()
    tees = draft.lines[0].model_copy(
        update={"sku": "TEE", "quantity": 2, "line_ids": (line().line_id,) * 2}
    )
    made = (fetched(), draft.model_copy(update={"lines": (tees,)}))
    requested = events.ShopifyOrderRequested(
        **IDS, store=STORE, draft_version=2, attempt=1, idempotency_key="", input_digest=""
    )
    assert units_in_shopify(folded(*made, requested)) == (Unit(line().line_id, "TEE"),) * 2
    assert units_in_shopify(folded(*made)) == (Unit(line().line_id, line().seller_sku),)
    assert units_in_shopify(folded()) == ()
