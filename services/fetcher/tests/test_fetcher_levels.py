"""State, county and town are found however TikTok's levels are told."""

from typing import Any

import pytest
from tests.world.story import raw_order

from fetcher.recording.snapshot import buyer_data
from mapping.address import to_address
from mapping.recipient import Recipient
from tiktok.wire.orders import Order
from tiktok.wire.reading import read


def level(name: str, number: str = "", called: str = "", iso: str = "") -> dict[str, str]:
    given = {
        "address_name": name,
        "address_level": number,
        "address_level_name": called,
        "iso_code": iso,
    }
    return {key: value for key, value in given.items() if value}


def places(*levels: dict[str, str], **address: Any) -> Recipient:
    raw = raw_order(recipient_address={"district_info": list(levels), **address})
    recipient = buyer_data(read(Order, raw)).recipient
    assert recipient is not None
    return recipient


NAMES = ("California", "Los Angeles County", "Los Angeles")


@pytest.mark.parametrize(
    "told",
    [
        [("L1", "State"), ("L2", "County"), ("L3", "City")],
        [("L1", "Province"), ("L2", "County"), ("L3", "Town")],
        [("L1", "STATE "), ("L2", "county"), ("L3", "city")],
        [("", "State/Province"), ("", "County"), ("", "City")],
        [("", "l1"), ("", "l2"), ("", "l3")],
        [("", "Level 1"), ("", "Level 2"), ("", "Level 3")],
        [("L1", ""), ("L2", ""), ("L3", "")],
        [("1", ""), ("2", ""), ("3", "")],
        [("L2", "State"), ("L3", "County"), ("L4", "City")],
    ],
)
def test_levels_are_known_by_name_or_number(told: list[tuple[str, str]]) -> None:
    levels = [level(name, *which) for name, which in zip(NAMES, told, strict=True)]
    country = level("United States", "L0", "Country")
    for seen in (places(country, *levels), places(*levels[::-1], country)):
        assert (seen.state, seen.county, seen.city) == NAMES


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ([level("California", "L1"), level("Los Angeles", "L3")], ("California", "Los Angeles")),
        ([level("Ohio", "L1", "State"), level("Dayton", "L2", "City")], ("Ohio", "Dayton")),
        ([level("Ohio", "L1"), level("Dayton", "L2")], ("Ohio", "Dayton")),
        ([level("Ohio", "L1"), level("Clark County", "L2")], ("Ohio", "")),
        ([level("Ohio"), level("Dayton", called="City")], ("Ohio", "Dayton")),
        ([level("US"), level("Ohio"), level("Dayton", "L3")], ("Ohio", "Dayton")),
        ([level("Puerto Rico", "L0"), level("San Juan", "L3")], ("Puerto Rico", "San Juan")),
        ([level("New York", "L3", "City")], ("", "New York")),
        ([level("Washington", "L3")], ("", "Washington")),
        (
            [level("Armed Forces Middle East", called="State"), level("APO", called="City")],
            ("Armed Forces Middle East", "APO"),
        ),
        ([level("Some State", "L1")], ("Some State", "")),
        ([], ("", "")),
    ],
)
def test_what_levels_leave_out_is_found_by_what_it_is_called(
    levels: list[dict[str, str]], found: tuple[str, str]
) -> None:
    seen = places(*levels)
    assert (seen.state, seen.city) == found


def test_a_state_of_which_only_the_code_is_told_is_one() -> None:
    assert places(level("", "L1", iso="US-CA")).state_code == "US-CA"


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_without_levels_the_post_town_and_the_one_line_say_it(nothing: object) -> None:
    assert places(post_town="London").city == "London"
    recipient_address = {
        "name": "Petra Plantedbuyer",
        "full_address": "123 Main St, Los Angeles, California 90012",
        "address_line1": "123 Main St",
        "region_code": "US",
        "district_info": nothing,
    }
    buyer = buyer_data(read(Order, raw_order(recipient_address=recipient_address)))
    assert buyer.recipient is not None
    address = to_address(buyer.recipient)
    assert address is not None
    found = [address.fields[key] for key in ("address1", "city", "provinceCode", "zip")]
    assert found == ["123 Main St", "Los Angeles", "CA", "90012"]
    assert address.left_out == ()
