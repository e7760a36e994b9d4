"""State, county and town are found however TikTok's levels are told."""

import itertools

import pytest

from mapping.levels import Level, Places, places_of

NAMES = ("Ohio", "Clark", "Dayton")
FOUND = Places("Ohio", "", "Clark", "Dayton")


def level(name: str, number: str = "", called: str = "", iso: str = "") -> Level:
    return Level(name, iso, number, called)


@pytest.mark.parametrize(
    "called",
    [
        *itertools.product(
            ("State", "province", "State/Province", "Territory", "REGION"), ["County"], ["City"]
        ),
        *itertools.product(["State"], ("parish", "Borough", "County/Parish"), ["City"]),
        *itertools.product(
            ["State"],
            ["County"],
            ("Town", "municipality", "Locality", "City/Town", "Post Town"),
        ),
        ("L1", "L2", "L3"),
        ("level 1", "Level 2", "LEVEL 3"),
    ],
)
def test_a_level_is_what_its_name_says(called: tuple[str, str, str]) -> None:
    levels = [level(name, "", how) for name, how in zip(NAMES, called, strict=True)]
    assert places_of([level("United States", "L0", "Country"), *levels]) == FOUND
    assert places_of(levels[::-1]) == FOUND


@pytest.mark.parametrize("numbers", [("L1", "L2", "L3"), ("1", "2", "3"), ("l1", " L2 ", "L3")])
def test_a_level_without_a_name_is_what_its_number_says(numbers: tuple[str, str, str]) -> None:
    levels = [level(name, number) for name, number in zip(NAMES, numbers, strict=True)]
    assert places_of(levels) == FOUND


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ([level("Ohio", "L1"), level("Dayton", "L3")], Places("Ohio", town="Dayton")),
        ([level("Ohio", "L1"), level("Dayton", "L2")], Places("Ohio", town="Dayton")),
        ([level("Ohio", "L1"), level("Clark County", "L2")], Places("Ohio", county="Clark County")),
        (
            [level("Ohio", "L1"), level("Clark", "L2"), level("Dayton", "L3")],
            Places("Ohio", county="Clark", town="Dayton"),
        ),
        ([level("US"), level("Ohio"), level("Dayton", "L3")], Places("Ohio", town="Dayton")),
        ([level("Puerto Rico", "L0")], Places("Puerto Rico")),
        ([level("Washington", "L3")], Places(town="Washington")),
        ([level("Ohio", "L4")], Places()),
        ([level("Elsewhere", "L1")], Places("Elsewhere")),
        ([level("", "L1", iso="US-OH")], Places("", "US-OH")),
        (
            [level("Ohio", "L1", "State"), level("Dayton", "L1", "City")],
            Places("Ohio", town="Dayton"),
        ),
        ([level("", "L1", "State"), level("Ohio", "L1")], Places("Ohio")),
        ([], Places()),
    ],
)
def test_what_levels_leave_out_is_found_by_what_is_called_there(
    levels: list[Level], found: Places
) -> None:
    assert places_of(levels) == found


def test_nobodys_town_is_shown_by_accident() -> None:
    shown = [level("Dayton"), places_of([level("Dayton", "L3")])]
    assert "Dayton" not in repr(shown)
