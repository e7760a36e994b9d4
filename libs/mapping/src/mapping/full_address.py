"""Town, state and ZIP out of an address of one line, where TikTok names none of them by itself.

Both orders are read: "123 Main St, Los Angeles, California 90012" and "United States, California,
Los Angeles, 90012, 123 Main St". What is not clear stays empty, and the line stays whole.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from mapping.countries import TERRITORIES, US_REGIONS, country
from mapping.provinces import province_code
from mapping.recipient import Recipient

_ZIP: Final = re.compile(r"(?:^|\s)(\d{5}(?:-\d{4})?|[\d*]{5})$")
_COUNTY: Final = re.compile(r"\b(?:county|parish|borough)$", re.IGNORECASE)
_COUNTRIES: Final = US_REGIONS - TERRITORIES
"""Of no further use; a territory is a state to Shopify."""

_LONGEST_NAME: Final = 4
"""Words of a state, e.g. "Federated States of Micronesia"."""


@dataclass(frozen=True, slots=True, repr=False)
class _Place:
    """A part of the line that ends with a state, and the town before it in the same part."""

    at: int
    state: str
    town: str = ""


def with_places(recipient: Recipient) -> Recipient:
    """The recipient with what its one line says of town, state and ZIP, where nothing else does."""
    state = province_code(recipient.state, recipient.state_code, recipient.region)
    if not recipient.full_address or (recipient.city and state):
        return recipient
    parts, postal_code = _parts(recipient.full_address)
    place = _place(parts)
    if place is None:
        return recipient
    known = replace(recipient, postal_code=recipient.postal_code or postal_code)
    around = _around(parts, place)
    if around is None:
        return known
    street, town = around
    is_whole_line = not (recipient.line1 or recipient.detail or recipient.city)
    return replace(
        known,
        line1=street if is_whole_line else recipient.line1,
        city=recipient.city or town,
        state=recipient.state if state else place.state,
    )


def _parts(line: str) -> tuple[list[str], str]:
    """The parts between commas without country and ZIP, and the ZIP.

    That is a part by itself or follows a state in its part, so no number of a street or a box. Of
    several the last one counts: a house number may be a part by itself, too.
    """
    parts = [part.strip() for part in line.split(",")]
    postal_code = ""
    for at in reversed(range(len(parts))):
        found = _ZIP.search(parts[at])
        before = parts[at][: found.start()].strip() if found else ""
        if found and (not before or _at_the_end(before)):
            postal_code, parts[at] = found.group(1), before
            break
    return [part for part in parts if part and country(part) not in _COUNTRIES], postal_code


def _place(parts: list[str]) -> _Place | None:
    """The last part that is a state, else the last part where it ends with one: "Austin TX"."""
    for at in reversed(range(len(parts))):
        if province_code(parts[at]):
            return _Place(at, parts[at])
    found = _at_the_end(parts[-1]) if parts else None
    return _Place(len(parts) - 1, *found) if found else None


def _at_the_end(part: str) -> tuple[str, str] | None:
    """The state that a part is or ends with, and the town before it."""
    words = part.split()
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        state, town = " ".join(words[-length:]), " ".join(words[:-length])
        if province_code(state) and _is_town(town):
            return state, town
    return None


def _is_town(part: str) -> bool:
    return not any(char.isdigit() for char in part)


def _around(parts: list[str], place: _Place) -> tuple[str, str] | None:
    """Street and town: before the state, or after it where the line begins with the state.

    None where something is on both sides: which of it is what, nobody can tell.
    """
    before = [part for part in parts[: place.at] if not _COUNTY.search(part)]
    after = [part for part in parts[place.at + 1 :] if not _COUNTY.search(part)]
    if before and after:
        return None
    if place.town:
        return ", ".join(before), place.town
    if before:
        town = before[-1] if _is_town(before[-1]) else ""
        return ", ".join(before[:-1] if town else before), town
    town = after[0] if after and _is_town(after[0]) else ""
    return ", ".join(after[1:] if town else after), town
