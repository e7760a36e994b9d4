"""Page tokens: opaque to the caller, with `+`, `/` and `=` in them as TikTok's have.

Inside: the sorting they belong to and the key of the last record given.
"""

import base64
import binascii

from simulators.tiktok.envelope import bad_parameter
from simulators.tiktok.shelf import Key

_HEAD = b"\xfb\xf0"
"""Encodes to `+/A`: whoever forgets to URL-encode a token is found out by its signature."""


def write(sorting: str, key: Key | None) -> str:
    """The token of the page after `key`; the empty string after the last page."""
    if key is None:
        return ""
    raw = _HEAD + f"{sorting}|{key[0]}|{key[1]}".encode()
    padded = raw + b" " * ((1 - len(raw)) % 3)
    return base64.b64encode(padded).decode()


def read(token: str | None, sorting: str) -> Key | None:
    """The key a token stands for. A token of another search is refused."""
    if not token:
        return None
    try:
        raw = base64.b64decode(token, validate=True)
        belongs, time, record_id = raw.removeprefix(_HEAD).decode().strip().split("|", 2)
        key = (int(time), record_id)
    except (ValueError, binascii.Error):
        raise bad_parameter("Invalid 'page_token' query parameter.") from None
    if belongs != sorting:
        raise bad_parameter("Invalid 'page_token' query parameter: the sorting has changed.")
    return key
