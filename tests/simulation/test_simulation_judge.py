"""The judge accepts a history in which all went well, and says no to each planted violation."""

from typing import Any

import pytest
from simulation.evidence import Evidence, Text
from simulation.judge import judge
from tests.simulation import judged_history as h


def promises(evidence: Evidence) -> set[str]:
    return {failure.promise for failure in judge(evidence)}


def one(shown: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {h.STORE: [shown]}


def changed(**order: Any) -> dict[str, list[dict[str, Any]]]:
    shown = h.delivered()
    shown["order"].update(order)
    return one(shown)


def test_a_history_in_which_all_went_well_is_without_failure() -> None:
    assert judge(h.history()) == []
    seen = h.history(
        sightings=[h.seen(h.shown_order(), h.SYNCED + 10), h.seen(h.delivered(), 5100)]
    )
    assert judge(seen) == []


def test_an_order_that_is_wanted_and_missing_is_found() -> None:
    assert promises(h.history(shopify={})) == {"exactly once"}
    automatic = h.person(1600, "settings", automatic_sync=True)
    assert promises(h.history(shopify={}, deeds=(*h.SETUP, automatic))) == {"exactly once"}


@pytest.mark.parametrize(
    "deeds",
    [
        h.SETUP,
        (*h.SETUP[:1], h.SYNC),
        (*h.SETUP, h.SYNC, h.person(3500, "unlink", sku_id="sku-1")),
        (*h.SETUP, h.SYNC, h.person(3500, "disconnect")),
        (*h.SETUP, h.SYNC, h.person(3500, "erase", order_id=h.ORDER)),
        (*h.SETUP, h.person(h.PLACED - 100, "sync", order_id=h.ORDER)),
    ],
)
def test_what_nobody_wants_or_nobody_can_create_may_be_missing(deeds: tuple[Any, ...]) -> None:
    assert judge(h.history(shopify={}, deeds=deeds)) == []


def test_what_the_store_refuses_until_a_person_acts_may_be_missing() -> None:
    row = {"status": "Sync failed", "reason": "token_invalid"}
    assert judge(h.history(shopify={}, shown={(h.SHOP, h.ORDER): row})) == []


def test_a_second_order_is_found_in_the_same_and_in_another_store() -> None:
    second = {**h.delivered(), "order": {**h.delivered()["order"], "id": "gid://shopify/Order/2"}}
    assert promises(h.history(shopify={h.STORE: [h.delivered(), second]})) == {"exactly once"}
    move = h.person(1700, "connect", store=h.OTHER, since=1500)
    both = {h.STORE: [h.delivered()], h.OTHER: [second]}
    deeds = (*h.SETUP, move, h.SYNC)
    assert promises(h.history(shopify=both, deeds=deeds)) == {"exactly once"}


def test_a_double_that_was_deleted_before_the_end_is_found() -> None:
    second = {**h.shown_order(), "order": {**h.shown_order()["order"], "id": "G2"}}
    sightings = [
        h.seen(h.shown_order(), 3010),
        h.seen(second, 3020, "G2"),
        h.seen(None, 3500, "G2"),
    ]
    assert promises(h.history(sightings=sightings)) == {"exactly once"}


def test_one_that_a_merchant_deleted_may_come_again_or_stay_away() -> None:
    sightings = [h.seen(h.shown_order("G0"), 3010, "G0"), h.seen(None, 3200, "G0")]
    assert judge(h.history(shopify={}, sightings=sightings)) == []
    assert (
        judge(
            h.history(
                shopify=one(h.delivered()),
                sightings=[h.seen(h.shown_order("G0"), 3001, "G0"), h.seen(None, 3005, "G0")],
            )
        )
        == []
    )


def test_an_order_that_nobody_wanted_or_that_was_never_eligible_is_found() -> None:
    assert promises(h.history(deeds=h.SETUP)) == {"exactly once"}
    late = h.person(3400, "sync", order_id=h.ORDER)
    assert promises(h.history(deeds=(*h.SETUP, late))) == {"exactly once"}
    held = ((h.PLACED, h.raw_order("ON_HOLD")), *h.VERSIONS[1:])
    assert promises(h.history(versions=held)) == {"exactly once"}


def test_an_order_that_does_not_say_of_which_it_is_is_found() -> None:
    assert promises(h.history(shopify=changed(metafields={"nodes": []}))) == {"exactly once"}
    assert promises(h.history(shopify=changed(sourceIdentifier=None))) == {"exactly once"}


@pytest.mark.parametrize(
    "order",
    [
        {"originalTotalPriceSet": h.bag("39.84")},
        {"totalTaxSet": h.bag("2.33")},
        {"shippingLines": {"nodes": []}},
        {"lineItems": {"nodes": [h.sold(2, "12.50"), h.sold(1, "20.00")]}},
        {"lineItems": {"nodes": [h.sold(1, "12.51"), h.sold(1, "19.99")]}},
    ],
)
def test_a_cent_or_a_unit_too_many_is_found(order: dict[str, Any]) -> None:
    assert promises(h.history(shopify=changed(**order))) == {"to the cent"}


def test_amounts_of_a_version_that_came_later_are_not_excused_and_an_older_one_is() -> None:
    dearer = h.raw_order(payment={**h.raw_order()["payment"], "total_amount": "40.83"})
    dearer["line_items"][0]["sale_price"] = "13.5"
    assert judge(h.history(versions=((1900, dearer), *h.VERSIONS))) == []
    only_later = ((h.PLACED, dearer), *h.VERSIONS[1:])
    assert promises(h.history(versions=only_later)) == {"to the cent"}


def test_discounts_that_tiktok_pays_are_added_back_where_the_shop_says_so() -> None:
    order = {
        "originalTotalPriceSet": h.bag("41.83"),
        "lineItems": {"nodes": [h.sold(1, "13.50"), h.sold(1, "21.00")]},
    }
    revenue = h.person(1600, "settings", discounts="merchant_revenue")
    assert judge(h.history(shopify=changed(**order), deeds=(*h.SETUP, revenue, h.SYNC))) == []
    assert promises(h.history(shopify=changed(**order))) == {"to the cent"}


def test_a_total_with_a_rest_is_tiktoks_all_the_same() -> None:
    rest = h.raw_order(payment={**h.raw_order()["payment"], "total_amount": "39.85"})
    versions = ((h.PLACED, rest), *h.VERSIONS[1:])
    assert promises(h.history(versions=versions)) == {"to the cent"}
    assert (
        judge(h.history(versions=versions, shopify=changed(originalTotalPriceSet=h.bag("39.85"))))
        == []
    )


def test_what_a_merchant_edited_is_the_merchants() -> None:
    shown = changed(originalTotalPriceSet=h.bag("1.00"))
    shown[h.STORE][0]["history"].append({"at": 9, "operation": "orderEditCommit", "input": {}})
    assert judge(h.history(shopify=shown)) == []


def test_a_status_told_twice_or_backwards_or_at_another_time_is_found() -> None:
    twice = h.delivered()
    h.told(twice, "DELIVERED", h.DELIVERED)
    backwards = h.shown_order()
    h.fulfil(backwards, 2)
    h.told(backwards, "DELIVERED", h.DELIVERED)
    h.told(backwards, "IN_TRANSIT", h.COLLECTED)
    wrong = h.shown_order()
    h.fulfil(wrong, 2)
    h.told(wrong, "DELIVERED", h.DELIVERED + 1)
    for shown in (twice, backwards, wrong):
        assert promises(h.history(shopify=one(shown))) == {"statuses"}


def test_a_status_that_is_missing_is_found_unless_a_merchant_touched_the_order() -> None:
    assert promises(h.history(shopify=one(h.shown_order()))) == {"statuses"}
    held = (*h.SETUP, h.SYNC, h.merchant(3500, "hold"))
    assert judge(h.history(shopify=one(h.shown_order()), deeds=held)) == []


def test_a_parcel_that_tiktok_did_not_ship_is_found() -> None:
    early, waiting = h.shown_order(), h.VERSIONS[:1]
    h.fulfil(early, 1)
    assert promises(h.history(shopify=one(early), versions=waiting)) == {"statuses"}
    strange = h.delivered()
    h.fulfil(strange, 0, number="T9")
    assert promises(h.history(shopify=one(strange))) == {"statuses"}


def test_a_cancellation_is_applied_or_tagged_and_never_invented() -> None:
    versions = (h.VERSIONS[0], (3500, h.raw_order("CANCELLED")))
    missed = h.history(shopify=one(h.shown_order()), versions=versions)
    assert promises(missed) == {"statuses"}
    ignore = (*h.SETUP, h.SYNC, h.person(1600, "settings", cancellation="ignore"))
    assert judge(h.history(shopify=one(h.shown_order()), versions=versions, deeds=ignore)) == []
    done, invented = h.shown_order(), h.delivered()
    for shown in (done, invented):
        shown["order"]["cancelledAt"] = h.stamp(3600)
    assert judge(h.history(shopify=one(done), versions=versions)) == []
    assert promises(h.history(shopify=one(invented))) == {"statuses"}
    by_hand = (*h.SETUP, h.SYNC, h.merchant(3500, "cancel"))
    assert judge(h.history(shopify=one(invented), deeds=by_hand)) == []


def test_an_order_in_the_store_of_another_shop_is_found() -> None:
    assert promises(h.history(shopify={h.OTHER: [h.delivered()]})) == {"separation"}


def test_a_buyers_text_outside_of_the_vault_is_found_and_not_repeated() -> None:
    leak = h.history(texts=[Text("log of mapper-1", "sent to Planted Buyer"), Text("event", "ok")])
    (failure,) = judge(leak)
    assert (failure.promise, failure.about) == ("buyers' text", "log of mapper-1")
    assert "Planted" not in failure.how


@pytest.mark.parametrize(
    "more",
    [
        {"last_event_at": h.ENDED - 60},
        {"left": {"jobs.waiting": 1}},
        {"shown": {(h.SHOP, h.ORDER): None}},
        {"shown": {(h.SHOP, h.ORDER): {"status": "Syncing…", "reason": None}}},
        {"shown": {(h.SHOP, h.ORDER): {"status": "Sync failed", "reason": None}}},
    ],
)
def test_what_did_not_come_to_rest_is_found(more: dict[str, Any]) -> None:
    assert promises(h.history(**more)) == {"it ended"}


def test_what_waits_for_people_may_remain() -> None:
    assert judge(h.history(left={"jobs.parked": 1, "mapper.waiting": 2, "jobs.waiting": 0})) == []


def test_a_surprise_is_a_failure() -> None:
    assert promises(h.history(surprises=["relay-1 ended"])) == {"no surprises"}


def test_an_order_in_a_store_that_the_shop_left_long_before_is_found() -> None:
    move = h.person(1700, "connect", store=h.OTHER, since=1500)
    late = h.shown_order(at=1700 + 3700)
    waiting = (*h.SETUP, move, h.SYNC)
    assert promises(h.history(shopify=one(late), deeds=waiting)) == {"exactly once"}


def test_an_order_that_somebody_else_made_before_is_not_missing() -> None:
    foreign = h.shown_order()
    foreign["history"] = []
    assert judge(h.history(shopify=one(foreign))) == []


def test_links_to_another_stores_variants_are_none() -> None:
    move = h.person(1700, "connect", store=h.OTHER, since=1500)
    deeds = (*h.SETUP, move, h.SYNC)
    assert judge(h.history(shopify={}, deeds=deeds)) == []
    linked = h.person(1800, "link", sku_id="sku-1", variant_id="V2")
    again = h.history(shopify={}, deeds=(*deeds, linked))
    assert promises(again) == {"exactly once"}
