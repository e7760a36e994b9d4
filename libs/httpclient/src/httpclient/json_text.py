"""A platform's JSON, read so that every text in it can be stored. Pure.

JSON can say what PostgreSQL takes for no text: NUL and halves of surrogate pairs. Those, and bytes
that are no UTF-8, become U+FFFD here, where whatever a platform says comes in.
"""

import json
import re
from decimal import Decimal
from typing import Final

_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")
_ESCAPED: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""How JSON writes NUL and surrogates; pairs are found too, and left as they are."""
_MOST_DIGITS: Final = 30


def read_json(raw: bytes) -> object:
    """What the bytes say; ValueError when they are no JSON, or nested too deep to be read."""
    try:
        text = raw.decode("utf-8-sig", "replace")
        found = json.loads(text, parse_float=Decimal, parse_int=_whole)
        return _kept(found) if _ESCAPED.search(raw) else found
    except RecursionError:
        raise ValueError("JSON: nested too deep") from None


def _whole(digits: str) -> int | str:
    """A number that no field of ours has stays the text that it is."""
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _kept(value: object) -> object:
    match value:
        case str():
            return _UNKEPT.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [_kept(entry) for entry in value]
        case dict():
            return {_kept(name): _kept(entry) for name, entry in value.items()}
        case _:
            return value
