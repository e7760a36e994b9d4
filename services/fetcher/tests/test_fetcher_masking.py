"""A masked address after a clear one: the same with asterisks, or a correction."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import raw_order

from fetcher.domain import fits

CLEAR = {
    "name": "Petra Plantedbuyer",
    "line1": "77 Planted Parkway",
    "city": "Los Angeles",
    "state": "California",
    "postal_code": "90066",
    "region": "US",
    "phone": "(+1)2135550147",
}


@pytest.mark.parametrize(
    "masked",
    [
        {"line1": "7* P****** P******"},
        {"line1": "***", "postal_code": "900**"},
        {"line1": "", "city": "los  angeles"},
        {"name": "P*** B***", "phone": "(+1)999*****99"},
        {},
    ],
)
def test_the_same_address_with_asterisks_is_no_correction(masked: dict[str, str]) -> None:
    assert fits(CLEAR | masked, CLEAR)


@pytest.mark.parametrize(
    "masked",
    [
        {"line1": "12 P******"},
        {"line1": "7* ******", "postal_code": "100**"},
        {"line1": "***", "city": "Austin"},
    ],
)
def test_what_shows_through_and_is_another_place_is_a_correction(masked: dict[str, str]) -> None:
    assert not fits(CLEAR | masked, CLEAR)


def test_a_part_that_was_never_known_says_nothing() -> None:
    assert fits({"line1": "7*", "city": "Austin"}, {"line1": "77 Planted Parkway"})


@pytest.mark.parametrize(("line1", "is_correction"), [("77 ****", False), ("12 ****", True)])
async def test_a_snapshot_says_that_a_correction_came_masked_and_keeps_the_clear_one(
    home: Any, line1: str, is_correction: bool
) -> None:
    await home.fetch(raw_order())
    home.now += timedelta(minutes=1)
    hidden = {"name": "P**** P****", "address_line1": line1, "region_code": "US"}
    await home.fetch(raw_order(recipient_address=hidden, status="AWAITING_COLLECTION"))
    newest = (await home.snapshots())[-1].recipient
    assert (newest.version, newest.masked) == (1, False)
    assert bool(newest.hidden_correction) is is_correction
    home.now += timedelta(minutes=1)
    assert await home.fetch(raw_order(recipient_address=hidden, status="AWAITING_COLLECTION")) == 0
