"""Of two snapshots, which counts, and whether they say the same."""

from datetime import timedelta
from typing import Any

import pytest

from ordersync_contracts import events
from ordersync_contracts.events import OrderFetched
from ordersync_contracts.generate.examples import example_of

SNAPSHOT = OrderFetched.model_validate(example_of(events.OrderFetched, "full"))
SECOND = timedelta(seconds=1)


def changed(**fields: Any) -> OrderFetched:
    return SNAPSHOT.model_copy(update=fields)


def test_the_later_update_counts_whenever_it_was_asked_for() -> None:
    later = changed(updated_at=SNAPSHOT.updated_at + SECOND, asked_at=SNAPSHOT.asked_at - SECOND)
    assert later.is_newer_than(SNAPSHOT)
    assert not SNAPSHOT.is_newer_than(later)


def test_of_one_update_the_one_asked_for_later_counts() -> None:
    later = changed(asked_at=SNAPSHOT.asked_at + SECOND)
    assert later.is_newer_than(SNAPSHOT)
    assert not SNAPSHOT.is_newer_than(later)


def test_a_snapshot_is_not_newer_than_itself() -> None:
    assert not SNAPSHOT.is_newer_than(changed())


def test_asking_again_says_the_same() -> None:
    assert changed(asked_at=SNAPSHOT.asked_at + SECOND).says_the_same_as(SNAPSHOT)


def test_a_field_we_do_not_know_says_nothing_new() -> None:
    more = (*SNAPSHOT.unknown_fields, "line_items[].planted_news")
    assert changed(unknown_fields=more).says_the_same_as(SNAPSHOT)


@pytest.mark.parametrize(
    "fields", [{"status": "DELIVERED"}, {"tracking_number": "1Z"}, {"message": None}]
)
def test_any_other_change_is_a_change(fields: dict[str, Any]) -> None:
    assert not changed(**fields).says_the_same_as(SNAPSHOT)


@pytest.mark.parametrize(
    ("status", "cancelled"), [("CANCELLED", True), ("CANCEL", True), ("IN_TRANSIT", False)]
)
def test_a_unit_is_cancelled_when_its_status_says_so(status: str, cancelled: bool) -> None:
    line = SNAPSHOT.lines[0].model_copy(update={"status": status})
    assert line.is_cancelled is cancelled
