"""Which fulfilment carries a parcel, and which units a new one takes."""

from typing import Any

import pytest

from ordersync_contracts import events
from shopify.fulfilments import OrderFulfilment
from status_tracker.deliveries.domain import Unit
from status_tracker.deliveries.fulfilments import existing, to_create

PAGE = {"hasNextPage": False}


def change(*line_ids: str, number: str = "1Z999", carrier: str = "usps") -> Any:
    return events.DeliveryStatusChanged.model_validate(
        {
            "shop_id": "1",
            "order_id": "2",
            "status": "in_transit",
            "happened_at": "2026-11-25T11:00:00Z",
            "carrier": carrier,
            "tracking_number": number,
            "line_ids": line_ids,
        }
    )


def left(n: int, location: int | None = 1, able: bool = True, **quantities: int) -> dict[str, Any]:
    """A fulfilment order with so many units of each SKU left."""
    place = {"id": f"gid://shopify/Location/{location}"} if location else None
    return {
        "id": f"fo-{n}",
        "status": "OPEN" if able else "ON_HOLD",
        "supportedActions": [{"action": "CREATE_FULFILLMENT" if able else "RELEASE_HOLD"}],
        "assignedLocation": {"location": place},
        "lineItems": {
            "nodes": [
                {
                    "id": f"fo-{n}-{sku}",
                    "totalQuantity": 9,
                    "remainingQuantity": quantity,
                    "lineItem": {"id": f"line-{sku}", "sku": sku or None},
                }
                for sku, quantity in quantities.items()
            ],
            "pageInfo": PAGE,
        },
    }


def sent(
    n: int, number: str = "", status: str = "SUCCESS", location: int | None = 1, units: int = 1
) -> dict[str, Any]:
    return {
        "id": f"f-{n}",
        "status": status,
        "totalQuantity": units,
        "location": {"id": f"gid://shopify/Location/{location}"} if location else None,
        "trackingInfo": [{"number": number}] if number else [],
    }


def order(*open_orders: dict[str, Any], fulfilments: list[Any] | None = None) -> OrderFulfilment:
    return OrderFulfilment.read(
        {
            "id": "gid://shopify/Order/1",
            "displayFulfillmentStatus": "UNFULFILLED",
            "fulfillmentOrders": {"nodes": open_orders, "pageInfo": PAGE},
            "fulfillments": fulfilments or [],
        }
    )


SKUS = {1: "A", 2: "A", 3: "B"}
UNITS = tuple(Unit(str(n), sku) for n, sku in SKUS.items())
"""Two units of A (1, 2) and one of B (3)."""


def test_the_whole_order_is_taken_as_it_is_and_nobody_is_notified() -> None:
    assert to_create(order(left(1, A=2, B=1)), change(), UNITS) == (
        {
            "notifyCustomer": False,
            "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "fo-1"}],
            "trackingInfo": {"number": "1Z999", "company": "USPS"},
        },
    )


def test_without_a_tracking_number_no_tracking_is_sent() -> None:
    (wanted,) = to_create(order(left(1, A=1)), change(number=""), UNITS)
    assert "trackingInfo" not in wanted


def test_a_parcel_takes_its_units_by_sku_and_quantity() -> None:
    (wanted,) = to_create(order(left(1, A=2, B=1)), change("1", "3"), UNITS)
    assert wanted["lineItemsByFulfillmentOrder"] == [
        {
            "fulfillmentOrderId": "fo-1",
            "fulfillmentOrderLineItems": [
                {"id": "fo-1-A", "quantity": 1},
                {"id": "fo-1-B", "quantity": 1},
            ],
        }
    ]


def test_no_more_than_is_left_is_taken() -> None:
    (wanted,) = to_create(order(left(1, A=1, B=1, C=4)), change("1", "2"), UNITS)
    (taken,) = wanted["lineItemsByFulfillmentOrder"]
    assert taken["fulfillmentOrderLineItems"] == [{"id": "fo-1-A", "quantity": 1}]


def test_units_of_one_sku_in_two_fulfilment_orders_are_taken_once() -> None:
    (wanted,) = to_create(order(left(1, A=1), left(2, A=5)), change("1", "2"), UNITS)
    quantities = [
        [line["quantity"] for line in entry["fulfillmentOrderLineItems"]]
        for entry in wanted["lineItemsByFulfillmentOrder"]
    ]
    assert quantities == [[1], [1]]


def taken(wanted: tuple[dict[str, Any], ...]) -> list[dict[str, dict[str, int]]]:
    """Of each call: fulfilment order → line → quantity; no lines: all of it."""
    return [
        {
            entry["fulfillmentOrderId"]: {
                line["id"]: line["quantity"] for line in entry.get("fulfillmentOrderLineItems", ())
            }
            for entry in fulfilment["lineItemsByFulfillmentOrder"]
        }
        for fulfilment in wanted
    ]


def test_a_whole_order_in_two_locations_is_one_call_for_each() -> None:
    two = order(left(1, location=1, A=1), left(2, location=2, A=1), left(3, location=1, B=1))
    assert taken(to_create(two, change(), UNITS)) == [{"fo-1": {}, "fo-3": {}}, {"fo-2": {}}]


def test_of_a_whole_order_what_one_location_sent_is_left_and_the_other_follows() -> None:
    """As after a crash between the two calls."""
    half = order(left(2, location=2, B=1), fulfilments=[sent(1, "1Z999", units=2)])
    assert taken(to_create(half, change(), UNITS, half.fulfillments)) == [{"fo-2": {}}]


def test_a_parcel_from_two_locations_is_split_right_beside_another_parcel() -> None:
    both = order(left(1, location=1, A=2), left(2, location=2, B=1))
    calls = taken(to_create(both, change("1", "3"), UNITS))
    assert calls == [{"fo-1": {"fo-1-A": 1}}, {"fo-2": {"fo-2-B": 1}}]


def test_a_location_that_sent_its_part_of_a_parcel_sends_no_unit_of_another() -> None:
    """Units 1 and 3 travel; unit 2, of the same SKU as 1, is still at location 1."""
    half = order(
        left(1, location=1, A=1), left(2, location=2, A=4, B=1), fulfilments=[sent(1, "1Z999")]
    )
    made = to_create(half, change("1", "3"), UNITS, half.fulfillments)
    assert [list(call) for call in taken(made)] == [["fo-2"]]
    assert sum(sum(lines.values()) for call in taken(made) for lines in call.values()) == 1


def test_a_parcel_that_is_carried_needs_no_further_fulfilment() -> None:
    there = order(left(2, location=2, A=2, B=1), fulfilments=[sent(1, "1Z999", units=2)])
    assert to_create(there, change("1", "3"), UNITS, there.fulfillments) == ()


def test_where_a_fulfilment_was_sent_from_is_unknown_no_second_is_made() -> None:
    there = order(left(2, location=2, A=2), fulfilments=[sent(1, "1Z999", location=None)])
    assert to_create(there, change("1", "3"), UNITS, there.fulfillments) == ()


def test_the_last_parcel_takes_what_is_left_whatever_its_sku() -> None:
    """A variant linked by hand has another SKU in Shopify than in TikTok Shop."""
    (wanted,) = to_create(order(left(1, OTHER=1)), change("3"), UNITS)
    assert wanted["lineItemsByFulfillmentOrder"] == [{"fulfillmentOrderId": "fo-1"}]


@pytest.mark.parametrize(
    "there",
    [order(), order(left(1, able=False, A=2, B=1)), order(left(1, OTHER=9))],
    ids=["gone", "on hold", "another SKU"],
)
def test_where_no_unit_can_be_sent_nothing_is(there: OrderFulfilment) -> None:
    assert to_create(there, change("1", "3"), UNITS) == ()


def test_what_is_on_hold_is_left_out() -> None:
    (wanted,) = to_create(order(left(1, able=False, A=1), left(2, A=1)), change(), UNITS)
    assert wanted["lineItemsByFulfillmentOrder"] == [{"fulfillmentOrderId": "fo-2"}]


def test_a_deleted_location_is_a_place_too() -> None:
    (wanted,) = to_create(order(left(1, location=None, A=1)), change(), UNITS)
    assert wanted["lineItemsByFulfillmentOrder"] == [{"fulfillmentOrderId": "fo-1"}]


def found(there: OrderFulfilment, wanted: Any, *known: str) -> list[str]:
    return [fulfilment.id for fulfilment in existing(there, wanted, known)]


def test_a_parcel_is_carried_by_the_fulfilment_with_its_number() -> None:
    there = order(fulfilments=[sent(1, "other"), sent(2, "1Z999")])
    assert found(there, change("1")) == ["f-2"]


def test_a_parcel_that_is_the_whole_order_is_carried_by_every_fulfilment() -> None:
    assert found(order(fulfilments=[sent(1), sent(2, "other")]), change()) == ["f-1", "f-2"]
    assert found(order(fulfilments=[sent(1)]), change("1")) == []


def test_a_cancelled_fulfilment_carries_nothing() -> None:
    gone = order(fulfilments=[sent(1, "1Z999", "CANCELLED"), sent(2, "1Z999", "FAILURE")])
    assert found(gone, change()) == []
    assert found(gone, change("1"), "f-1") == []


def test_a_number_that_is_missing_matches_no_fulfilment_without_one() -> None:
    assert found(order(fulfilments=[sent(1)]), change("1", number="")) == []


def test_a_fulfilment_that_carried_an_earlier_status_is_known() -> None:
    there = order(fulfilments=[sent(1, "a"), sent(2, "b")])
    assert found(there, change("1", number="changed since"), "f-2") == ["f-2"]
