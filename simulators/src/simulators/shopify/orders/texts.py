"""What a text may hold, in the words in which Shopify refuses it (2025-01 … 2026-04).

Recorded on customers, their addresses, drafts and added lines; that orders keep to the same is
assumed (docs/simulators.md). Lengths count characters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from simulators.shopify.store.records import Record, user_error

LINE = 255
"""Names, titles, e-mails, the fields of an address and the tags of customers."""
NOTE = 5_000
ORDER_TAG = 40

_EMOJI = re.compile("[\U0001f1e6-\U0001faff\u2600-\u27bf\u2b50\u2b55]")
_HTML = re.compile(r"</?[a-zA-Z!]")
_URL = re.compile(r"(?:https?|ftp)://|\bwww\.", re.IGNORECASE)
_CONTENTS = ((_HTML, "HTML tags"), (_URL, "URL"), (_EMOJI, "emojis"))


def too_long(name: str, text: object, most: int = LINE) -> Iterator[str]:
    """What is said of a text that is longer than `most`; nothing of any other."""
    if isinstance(text, str) and len(text) > most:
        yield f"{name} is too long (maximum is {most} characters)"


def unfit_in_address(name: str, text: object) -> Iterator[str]:
    """What is said of a field of an address: its length first, then what it may not hold."""
    yield from too_long(name, text)
    for pattern, what in _CONTENTS:
        if isinstance(text, str) and pattern.search(text):
            yield f"{name} cannot contain {what}"


def check_lengths(
    given: Record, names: Iterable[tuple[str, str]], path: Sequence[str], code: str | None
) -> Iterator[Record]:
    """The user errors of fields with their names as Shopify says them, `LINE` long at most."""
    for field, name in names:
        for message in too_long(name, given.get(field)):
            yield user_error((*path, field), message, code)


def check_note(given: Record, path: Sequence[str], code: str | None) -> Iterator[Record]:
    """The user errors of a note."""
    for message in too_long("Note", given.get("note"), NOTE):
        yield user_error((*path, "note"), message, code)


def check_order_tags(given: Record, path: Sequence[str], code: str | None) -> Iterator[Record]:
    """The user errors of an order's tags, each by its place."""
    for at, tag in enumerate(given.get("tags") or ()):
        if any(len(part) > ORDER_TAG for part in split_tags([tag])):
            message = f"Title Tag exceeds the maximum length of {ORDER_TAG} characters"
            yield user_error((*path, "tags", at), message, code)


def split_tags(given: Iterable[str]) -> list[str]:
    """Tags as they are kept: split at commas, trimmed, once without case, sorted."""
    kept: dict[str, str] = {}
    for tag in given:
        for part in tag.split(","):
            if part.strip():
                kept.setdefault(part.strip().lower(), part.strip())
    return sorted(kept.values())
