"""What people type, before anything is done with it."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]{1,32}")


def is_text(value: str) -> bool:
    """Whether it can be stored and shown: neither NUL nor half of a surrogate pair is in it."""
    return "\0" not in value and value.encode(errors="replace").decode() == value


def is_number(value: str) -> bool:
    """Whether it can be an id of TikTok's: those are digits."""
    return _NUMBER.fullmatch(value) is not None
