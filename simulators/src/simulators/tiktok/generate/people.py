"""Buyers and where they live. Nobody is real: names are plainly made up, phones are 555-01xx."""

import random
from dataclasses import dataclass
from decimal import Decimal

from simulators.tiktok.order_fields import Json

_FIRST = ("Testa", "Fakir", "Mocka", "Samplo", "Fixtura", "Dummira", "Bogart", "Placida")
_LAST = ("Buyerson", "Sampleton", "Mockwell", "Fakington", "O'Testy", "Bogusson", "Dummyfield")
_STREETS = ("Nowhere Street", "Sample Avenue", "Placeholder Road", "Fixture Lane", "Mockup Blvd")
LONG_NAME = " ".join(("Testa-Fixtura", *(f"Placeholder{n:02d}" for n in range(1, 11)), "Buyerson"))
"""Longer than any shop system's name field likes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to ship to, with its rate of sales tax."""

    region: str
    country: str
    state: str
    county: str
    city: str
    postal_code: str
    tax_rate: Decimal = Decimal(0)


CITIES = (
    Place(
        "US",
        "United States",
        "California",
        "Los Angeles",
        "Culver City",
        "90230",
        Decimal("0.0975"),
    ),
    Place("US", "United States", "Massachusetts", "Suffolk", "Boston", "02108", Decimal("0.0625")),
    Place("US", "United States", "Texas", "Travis", "Austin", "78701", Decimal("0.0825")),
    Place("US", "United States", "New York", "Kings", "Brooklyn", "11201", Decimal("0.08875")),
    Place("US", "United States", "Oregon", "Multnomah", "Portland", "97201"),
    Place("US", "United States", "Illinois", "Cook", "Chicago", "60601", Decimal("0.1025")),
)
COLORADO = Place("US", "United States", "Colorado", "Denver", "Denver", "80202", Decimal("0.0881"))
TERRITORIES = (
    Place("US", "United States", "Puerto Rico", "San Juan", "San Juan", "00901", Decimal("0.115")),
    Place("US", "United States", "Guam", "Guam", "Hagatna", "96910"),
    Place("US", "United States", "Armed Forces Pacific", "", "APO", "96205"),
    Place("PR", "Puerto Rico", "Puerto Rico", "San Juan", "Ponce", "00716", Decimal("0.115")),
)
ABROAD = (
    Place("GB", "United Kingdom", "England", "Greater London", "London", "SW1A 1AA"),
    Place("GB", "United Kingdom", "England", "West Yorkshire", "Leeds", "LS1 1UR"),
)


def buyer_name(dice: random.Random) -> tuple[str, str]:
    """A first and a last name."""
    return dice.choice(_FIRST), dice.choice(_LAST)


def recipient_address(place: Place, first: str, last: str, dice: random.Random) -> Json:
    """The `recipient_address` of Get Order List 202309."""
    line1 = f"{dice.randint(100, 9999)} {dice.choice(_STREETS)}"
    line2 = f"Apt {dice.randint(1, 40)}" if dice.random() < 0.4 else ""
    detail = f"{line1} {line2}".strip()
    return {
        "name": f"{first} {last}".strip(),
        "first_name": first,
        "last_name": last,
        "phone_number": f"(+1){dice.randint(201, 989)}55501{dice.randint(0, 99):02d}",
        "full_address": f"{detail}, {place.city}, {place.state} {place.postal_code}",
        "address_detail": detail,
        "address_line1": line1,
        "address_line2": line2,
        "address_line3": "",
        "address_line4": "",
        "postal_code": place.postal_code,
        "region_code": place.region,
        "district_info": _districts(place),
        "delivery_preferences": {"drop_off_location": "Front Door"},
    }


def relay_email(dice: random.Random) -> str:
    """The address TikTok forwards for a US buyer."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return f"v4b{''.join(dice.choices(letters, k=26))}@scs.tiktokw.us"


def _districts(place: Place) -> list[Json]:
    names = (place.country, place.state, place.county, place.city)
    levels = ("Country", "State", "County", "City")
    found = zip(range(4), levels, names, strict=True)
    return [
        {"address_level": f"L{n}", "address_level_name": level, "address_name": name}
        for n, level, name in found
        if name
    ]
