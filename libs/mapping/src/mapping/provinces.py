"""Names and codes of US states, territories and military mail, as Shopify's province codes."""

from typing import Final

from mapping.countries import TERRITORIES, country

_NAMES: Final = """
AL Alabama|AK Alaska|AS American Samoa|AZ Arizona|AR Arkansas|AA Armed Forces Americas
AE Armed Forces Europe|AP Armed Forces Pacific|CA California|CO Colorado|CT Connecticut
DE Delaware|DC District of Columbia|FM Federated States of Micronesia|FL Florida|GA Georgia|GU Guam
HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine
MH Marshall Islands|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri
MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|MP Northern Mariana Islands|OH Ohio|OK Oklahoma|OR Oregon|PW Palau
PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee
TX Texas|VI U.S. Virgin Islands|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia
WI Wisconsin|WY Wyoming
"""

CODES: Final[dict[str, str]] = {
    name.lower(): code
    for code, _, name in (
        entry.partition(" ") for line in _NAMES.split("\n") for entry in line.split("|") if entry
    )
}
_ALIASES: Final = {
    "washington dc": "DC",
    "washington d.c.": "DC",
    "virgin islands": "VI",
    "us virgin islands": "VI",
    "armed forces": "AE",
    "armed forces the americas": "AA",
}


def province_code(name: str, iso_code: str = "", region: str = "US") -> str | None:
    """The two-letter code of a state given by name or ISO 3166-2 code; None when it is neither.

    A territory named as the region is its own province.
    """
    territory = country(region)
    if territory in TERRITORIES:
        return territory
    for candidate in (iso_code, name):
        code = candidate.strip().upper().removeprefix("US-")
        if code in CODES.values():
            return code
    plain = name.strip().lower()
    return CODES.get(plain) or _ALIASES.get(plain)
