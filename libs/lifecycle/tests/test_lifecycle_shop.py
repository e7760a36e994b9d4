"""What the stream of one shop says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.world import story

from lifecycle.shop import HALTS_KEPT, Shop, fold
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event, OrderSettings

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
STORE = "sunny-mugs.myshopify.com"
Make = Callable[..., Event]


def recorded(*history: Event) -> tuple[Recorded, ...]:
    return story.stream(*history, stream="shop-7495")


def shop(*history: Event) -> Shop:
    return fold(recorded(*history))


def event(name: str, /, **fields: Any) -> Event:
    return events.BY_NAME[name].model_validate({"shop_id": "7495"} | fields)


def connected(**fields: Any) -> Event:
    given = {
        "name": "Sunny Mugs",
        "region": "US",
        "grant_id": "grant-1",
        "window_begins_at": NOW - timedelta(days=7),
        "connected_at": NOW,
        "connected_by": "owner",
    }
    return event("ShopConnected", **given | fields)


ADOPTED = event("AdoptionFinished", store=STORE, orders_found=2)


def test_an_unknown_shop_is_not_connected_and_has_the_default_settings() -> None:
    assert shop() == Shop()
    assert not Shop().is_connected
    assert Shop().settings == OrderSettings()
    assert (Shop().version, Shop().settings_version) == (0, 0)
    assert {Shop().shop_id, Shop().name, Shop().region, Shop().grant_id, Shop().app_id} == {""}
    assert {Shop().store, Shop().window_begins_at, Shop().connected_at} == {None}
    lists = (Shop().paused, Shop().adoptions, Shop().scans_asked_for, Shop().halts, Shop().lapses)
    assert set(lists) == {()}


def test_a_shop_has_left_a_store_once_it_is_connected_to_another() -> None:
    here, away = connected(store=STORE), event("ShopDisconnected", disconnected_by="owner")
    assert not shop().has_left(STORE)
    assert not shop(here).has_left(STORE)
    assert shop(here).has_left("other")
    assert shop(here, connected(store="other")).has_left(STORE)
    assert not shop(here, away).has_left("other")


def test_an_event_that_only_a_newer_release_knows_moves_the_version_alone() -> None:
    known = recorded(connected(store=STORE))
    newer = replace(known[0], name="ShopPainted", version=2)
    assert fold([*known, newer]) == replace(fold(known), version=2)


def test_a_connection_says_who_the_shop_is() -> None:
    seen = shop(connected(store=STORE))
    assert (seen.shop_id, seen.name, seen.region) == ("7495", "Sunny Mugs", "US")
    assert (seen.grant_id, seen.store, seen.is_connected) == ("grant-1", STORE, True)
    assert seen.window_begins_at == NOW - timedelta(days=7)
    assert seen.version == 1


def test_the_store_that_was_chosen_outlives_a_new_authorisation() -> None:
    assert shop(connected(store=STORE), connected(grant_id="grant-2")).store == STORE
    assert shop(connected(store=STORE), connected(store="other")).store == "other"


def test_the_window_and_the_first_connection_outlive_a_reconnection() -> None:
    later = connected(window_begins_at=NOW, connected_at=NOW + timedelta(days=30))
    seen = shop(connected(), event("ShopDisconnected", disconnected_by="owner"), later)
    assert seen.is_connected
    assert seen.window_begins_at == NOW - timedelta(days=7)
    assert seen.connected_at == NOW


def test_a_disconnected_shop_stops() -> None:
    seen = shop(connected(store=STORE), ADOPTED, event("ShopDisconnected", disconnected_by="owner"))
    assert seen.is_connected is False
    assert not seen.may_create


def test_the_window_is_moved_back() -> None:
    begins = NOW - timedelta(days=60)
    moved = event("WindowMoved", begins_at=begins, moved_by="owner")
    assert shop(connected(), moved).window_begins_at == begins
    assert shop(connected(), moved, connected()).window_begins_at == begins


def test_nothing_is_created_until_adoption_of_that_store_is_finished() -> None:
    assert not shop(connected(store=STORE)).may_create
    assert shop(connected(store=STORE), ADOPTED).may_create
    assert not shop(connected(), ADOPTED).may_create
    assert not shop(connected(store=STORE), ADOPTED, connected(store="other")).may_create


def test_a_waived_adoption_counts_as_finished() -> None:
    waived = event("AdoptionFinished", store=STORE, waived_by="owner")
    assert shop(connected(store=STORE), waived).may_create


def test_another_app_in_the_store_waits_for_an_adoption_of_its_own() -> None:
    old, new = connected(store=STORE, app_id="1"), connected(store=STORE, app_id="2")
    scanned = event("AdoptionFinished", store=STORE, app_id="1")
    assert shop(old, scanned).may_create
    changed = shop(old, scanned, new)
    assert not changed.may_create
    assert changed.awaits_scan
    again = event("AdoptionFinished", store=STORE, app_id="2")
    assert shop(old, scanned, new, again).may_create
    assert shop(old, scanned, new, again, connected()).may_create


def test_an_adoption_settles_the_app_that_the_scan_found() -> None:
    """The token was replaced by another app's before the scan: no scan without end."""
    scanned = event("AdoptionFinished", store=STORE, app_id="2")
    found = shop(connected(store=STORE, app_id="1"), scanned)
    assert (found.app_id, found.may_create, found.awaits_scan) == ("2", True, False)


def test_a_scan_says_which_app_the_store_has_only_of_the_store_that_is_connected_now() -> None:
    here = connected(store=STORE, app_id="1")
    of_another = event("AdoptionFinished", store="other", app_id="2")
    of_an_older_release = event("AdoptionFinished", store=STORE)
    assert shop(here, of_another).app_id == "1"
    assert shop(here, of_an_older_release).app_id == "1"


def test_the_newest_settings_count_and_say_their_version() -> None:
    settings = {"automatic_sync": True, "inventory": "BYPASS"}
    first = event("OrderSettingsChanged", settings=settings, changed_by="owner")
    second = event("OrderSettingsChanged", settings={}, changed_by="owner")
    assert shop(connected(), first).settings.automatic_sync
    assert shop(connected(), first).settings_version == 2
    assert shop(connected(), first, second, connected()).settings == OrderSettings()
    assert shop(connected(), first, second, connected()).settings_version == 3


def test_a_new_shop_syncs_nothing_by_itself() -> None:
    assert OrderSettings().model_dump() == {
        "automatic_sync": False,
        "bundles": "block",
        "discounts": "buyer_paid",
        "inventory": "DECREMENT_IGNORING_POLICY",
        "customer": "relay",
        "unlinked_items": "block",
        "auto_link_same_sku": False,
        "money_mismatch": "carry",
        "cancellation": "cancel",
    }


def test_a_paused_side_says_why_until_it_resumes() -> None:
    paused = event("ShopPaused", side="shopify", reason_code="token_invalid")
    again = event("ShopPaused", side="shopify", reason_code="shop_frozen")
    tiktok = event("ShopPaused", side="tiktok", reason_code="tiktok_authorization_ended")
    resumed = event("ShopResumed", side="shopify")
    assert shop(paused).pause_of("shopify") == "token_invalid"
    assert shop(paused).pause_of("tiktok") is None
    assert shop(paused, again).pause_of("shopify") == "shop_frozen"
    both = shop(paused, tiktok, resumed)
    assert both.pause_of("shopify") is None
    assert both.pause_of("tiktok") == "tiktok_authorization_ended"


def test_events_that_change_nothing_only_move_the_version() -> None:
    expiring = event("AuthorizationExpiring", side="tiktok", expires_at=NOW)
    assert shop(expiring) == Shop(version=1)


def test_a_store_is_scanned_once_connected_and_again_when_a_person_asks() -> None:
    asked = event("AdoptionRequested", store=STORE, requested_by="ana")
    history = (connected(store=STORE), ADOPTED, asked, ADOPTED)
    shops = [fold(recorded(*history[:n])) for n in range(1, 5)]
    assert [(known.awaits_scan, known.may_create) for known in shops] == [
        (True, False),
        (False, True),
        (True, True),
        (False, True),
    ]


# time in which nothing was done


def at_hours(*history: tuple[int, Event]) -> Shop:
    """The shop whose events were recorded so many hours after NOW."""
    moved = [
        replace(one, recorded_at=NOW + timedelta(hours=hours))
        for one, (hours, _) in zip(recorded(*(e for _, e in history)), history, strict=True)
    ]
    return fold(moved)


def hours_still(found: Shop, since: int, until: int) -> float:
    times = (NOW + timedelta(hours=since), NOW + timedelta(hours=until))
    return found.stood_still(*times) / timedelta(hours=1)


def test_pauses_of_the_shopify_side_and_disconnections_are_halts() -> None:
    pause = event("ShopPaused", side="shopify", reason_code="token_invalid")
    found = at_hours(
        (0, connected()),
        (2, pause),
        (5, event("ShopResumed", side="shopify")),
        (6, event("ShopPaused", side="tiktok", reason_code="tiktok_scope_missing")),
        (8, event("ShopDisconnected", disconnected_by="ana")),
        (10, connected()),
        (20, pause),
    )
    assert hours_still(found, 0, 24) == 3 + 2 + 4
    assert hours_still(found, 3, 9) == 2 + 1
    assert hours_still(found, 6, 8) == 0


def test_a_pause_within_a_disconnection_is_one_halt() -> None:
    found = at_hours(
        (0, connected()),
        (1, event("ShopDisconnected", disconnected_by="ana")),
        (2, event("ShopPaused", side="shopify", reason_code="token_invalid")),
        (3, connected()),
        (4, event("ShopResumed", side="shopify")),
    )
    assert hours_still(found, 0, 24) == 3


def at(minutes: float, *history: Event) -> Shop:
    """So many minutes between one event and the next."""
    return fold(
        replace(said, recorded_at=NOW + timedelta(minutes=minutes * n))
        for n, said in enumerate(recorded(*history))
    )


PAUSED = event(
    "ShopPaused", side="shopify", reason_code="missing_scope", refused="x", scopes=("write_x",)
)
RESUMED = event("ShopResumed", side="shopify")


def test_a_pause_says_what_was_refused_also_after_it() -> None:
    for history in ((PAUSED,), (PAUSED, RESUMED)):
        lapse = shop(connected(store=STORE), *history).lapse_of("shopify")
        assert lapse is not None
        assert (lapse.refused, lapse.scopes, lapse.version) == ("x", ("write_x",), 2)
    assert shop(connected(store=STORE)).lapse_of("shopify") is None
    assert shop(connected(store=STORE), PAUSED).lapse_of("tiktok") is None


@pytest.mark.parametrize(
    ("minutes", "history", "relapses"),
    [
        (30, (PAUSED, RESUMED, PAUSED), 1),
        (30, (PAUSED, RESUMED, PAUSED, RESUMED, PAUSED), 2),
        (61, (PAUSED, RESUMED, PAUSED), 0),
        (30, (PAUSED, RESUMED, connected(store=STORE), PAUSED), 0),
        (30, (PAUSED, RESUMED, PAUSED.model_copy(update={"reason_code": "token_invalid"})), 0),
        (30, (PAUSED, RESUMED, PAUSED.model_copy(update={"side": "tiktok"}), PAUSED), 0),
    ],
)
def test_a_side_that_pauses_again_soon_for_the_same_reason_has_relapsed(
    minutes: float, history: tuple[Event, ...], relapses: int
) -> None:
    lapse = at(minutes, connected(store=STORE), *history).lapse_of("shopify")
    assert lapse is not None
    assert lapse.relapses == relapses


def test_a_year_of_pauses_and_scans_makes_no_state_that_grows() -> None:
    """A store that flaps all day: what is folded for it stays as long as three days of it."""
    asked = event("AdoptionRequested", store=STORE, requested_by="ana")
    done = event("AdoptionFinished", store=STORE, app_id="1")
    pause = event("ShopPaused", side="shopify", reason_code="missing_scope")
    resume = event("ShopResumed", side="shopify")
    known = shop(connected(store=STORE), *(asked, asked, done, pause, resume) * (HALTS_KEPT + 10))
    assert len(known.halts) == HALTS_KEPT
    assert known.adoptions == ((STORE, "1"),)
    assert shop(connected(store=STORE), asked, asked, asked).scans_asked_for == (STORE,)
