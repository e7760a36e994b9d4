"""Names and codes of US states, territories and military mail, as Shopify's province codes."""

import re
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
_BY_CODE: Final = frozenset(CODES.values())
_ALIASES: Final = {
    "washington dc": "DC",
    "virgin islands": "VI",
    "us virgin islands": "VI",
    "micronesia": "FM",
    "mariana islands": "MP",
    "n carolina": "NC",
    "s carolina": "SC",
    "n dakota": "ND",
    "s dakota": "SD",
    "w virginia": "WV",
}
_ABBREVIATED: Final = re.compile(r"\b(\w)\.\s?(?=\w\b)")
_OF: Final = re.compile(r"^(?:the )?(?:state|commonwealth|territory) of (?:the )?")
_PIECES: Final = re.compile(r"[,;/|()]| - ")

_ARMED_FORCES: Final = "armed forces"
_MILITARY: Final = (
    (re.compile(r"\bpacific\b"), "AP"),
    (re.compile(r"\bamericas?\b"), "AA"),
    (re.compile(r"\b(?:europe|middle east|africa|canada)\b"), "AE"),
)
"""USPS: Europe, the Middle East, Africa and Canada share a code; the others are the Americas
"except Canada", and the Pacific."""

_MILITARY_TOWNS: Final = frozenset({"APO", "FPO", "DPO"})
_MILITARY_ZIPS: Final = (("09", "AE"), ("340", "AA"), ("96", "AP"))


def province_code(name: str, iso_code: str = "", region: str = "US") -> str | None:
    """The two-letter code of a state given by name or ISO 3166-2 code; None when it is neither.

    A territory named as the region is its own province.
    """
    territory = country(region)
    if territory in TERRITORIES:
        return territory
    return _code(iso_code) or _code(name) or _named(name) or _in_pieces(name)


def military_code(state: str, town: str, postal_code: str) -> str | None:
    """The code of military mail by its ZIP; None for any other mail."""
    is_military = town.strip().upper() in _MILITARY_TOWNS
    if not is_military and _ARMED_FORCES not in state.lower():
        return None
    known = (code for begins, code in _MILITARY_ZIPS if postal_code.startswith(begins))
    return next(known, None)


def _code(text: str) -> str | None:
    code = re.sub(r"^USA?[-\s]", "", text.strip().upper().replace(".", ""))
    return code if code in _BY_CODE else None


def _named(text: str) -> str | None:
    words = _ABBREVIATED.sub(r"\1", text.lower())
    plain = _OF.sub("", " ".join(re.sub(r"[^\w\s]", " ", words).split()))
    if _ARMED_FORCES in plain:
        return next((code for pattern, code in _MILITARY if pattern.search(plain)), None)
    return _PLAIN.get(plain) or _ALIASES.get(plain)


def _in_pieces(text: str) -> str | None:
    """The one state that the parts of "California (CA)" or "Austin, Texas" name; None for two."""
    pieces = [piece for piece in _PIECES.split(text) if piece.strip()]
    found = {_code(piece) or _named(piece) for piece in pieces} - {None}
    return found.pop() if len(pieces) > 1 and len(found) == 1 else None


_PLAIN: Final = {" ".join(name.replace(".", "").split()): code for name, code in CODES.items()}
