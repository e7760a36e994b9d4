"""State, county and town out of TikTok's administrative levels, however they are told.

Which level is which differs by source: named State, Province or ``l1``, or only numbered (US: L0
country, L1 state, L2 county, L3 town; one sample has the town at L2). So a level's name decides,
then what is called there, then its number.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from mapping.provinces import province_code

_STATES: Final = frozenset({"state", "province", "stateprovince", "territory", "region"})
_COUNTIES: Final = frozenset({"county", "parish", "borough", "countyparish"})
_TOWNS: Final = frozenset({"city", "town", "municipality", "locality", "citytown", "posttown"})
_NUMBER: Final = re.compile(r"\s*l?(?:evel)?\s*(\d)\s*", re.IGNORECASE)
_A_COUNTY: Final = re.compile(r"\b(?:county|parish|borough|census area)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Level:
    """One administrative level as TikTok tells it (``district_info[]``)."""

    name: str = ""
    iso_code: str = ""
    level: str = ""
    level_name: str = ""


_Is = Callable[[Level], bool]


@dataclass(frozen=True, slots=True, repr=False)
class Places:
    """Where in the country an address is; empty what no level says."""

    state: str = ""
    state_code: str = ""
    county: str = ""
    town: str = ""


def places_of(levels: Iterable[Level]) -> Places:
    """The places of an address; a level is used once."""
    left = [level for level in levels if level.name or level.iso_code]
    state = _take(left, (_is_named(_STATES), _is_a_state, _is_numbered(1)))
    town = _take(left, (_is_named(_TOWNS), _is_numbered(3)))
    county = _take(left, (_is_named(_COUNTIES), _is_a_county, _is_above_a_town(town)))
    if not town.name:
        town = _take(left, (_is_numbered(2),))
    return Places(state.name, state.iso_code, county.name, town.name)


def _take(left: list[Level], rules: Iterable[_Is]) -> Level:
    """The first level of the first rule that one keeps; it is no other's any more."""
    for rule in rules:
        for level in left:
            if rule(level):
                left.remove(level)
                return level
    return Level()


def _is_named(names: frozenset[str]) -> _Is:
    return lambda level: _words(level.level_name) in names


def _is_numbered(number: int) -> _Is:
    return lambda level: _number(level) == number


def _is_a_state(level: Level) -> bool:
    """Called like a state, at a level that could be one; Washington and New York are towns too."""
    is_untold = not _words(level.level_name) or _number(level) is not None
    return (
        is_untold
        and _number(level) in {None, 0, 1}
        and province_code(level.name, level.iso_code) is not None
    )


def _is_a_county(level: Level) -> bool:
    return _A_COUNTY.search(level.name) is not None


def _is_above_a_town(town: Level) -> _Is:
    return lambda level: bool(town.name) and _number(level) == 2


def _number(level: Level) -> int | None:
    """The level's number, by its own field or by a name like ``l1``; None when it has none."""
    told = (_NUMBER.fullmatch(text) for text in (level.level_name, level.level))
    return next((int(found.group(1)) for found in told if found), None)


def _words(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalpha())
