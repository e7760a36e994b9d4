"""What people type, before anything is done with it, and which of it the tables can hold."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]{1,32}")


def is_text(value: str) -> bool:
    """Whether it can be stored and shown as it is."""
    return storable(value) == value


def storable(value: str) -> str:
    """With marks for what PostgreSQL's texts cannot hold: NUL, and halves of surrogate pairs."""
    return value.replace("\0", "\ufffd").encode(errors="replace").decode()


def is_number(value: str) -> bool:
    """Whether it can be an id of TikTok's: those are digits."""
    return _NUMBER.fullmatch(value) is not None
