"""What happened in a history, in the order in which it happened; and its story for a reader."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from simulation.plan import Json

_OWN: Final = ("at", "who", "what")
_WRITTEN: Final = json.JSONEncoder(sort_keys=True).encode
_ID: Final = re.compile(r"[\w:/.-]*\d[\w:/.-]*")


class Trace:
    """Grows by a line of JSON (sorted keys) at a time; details are ids and names, no buyer's text.

    A detail must be JSON: anything else is a TypeError, because its ``repr`` may hold an address
    and would differ from run to run. A line is written out at once: what its details are afterwards
    does not change it.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, at: float, who: str, what: str, /, **details: Json) -> None:
        """``at``: virtual seconds. ``who``: a machine or person. Details may have any name."""
        row = {f"its_{name}" if name in _OWN else name: value for name, value in details.items()}
        row["at"], row["who"], row["what"] = round(at, 6), who, what
        self._lines.append(_WRITTEN(row))

    def lines(self) -> tuple[str, ...]:
        """One line of JSON each."""
        return tuple(self._lines)


def digest(lines: Iterable[str]) -> str:
    """SHA-256 of a trace, in hex: equal when two runs took the same course."""
    taken = hashlib.sha256()
    for line in lines:
        taken.update(line.encode() + b"\n")
    return taken.hexdigest()


def story(lines: Sequence[str], about: Iterable[str] = ()) -> str:
    """The trace for a reader: time, who, what, details; aligned.

    ``about``: what failures are about; the ids in it (order, shop, store, gid: whatever has a
    digit) choose the lines that name one of them whole. Every fault and crash (they may be the
    cause though they name none) is told too. Everything is told where no line names any.
    """
    ids = sorted({found for text in about for found in _ID.findall(text)})
    named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ids))})(?!\w)") if ids else None
    chosen = {line for line in lines if named and named.search(line)}
    rows = [json.loads(line) for line in lines]
    if chosen:
        rows = [row for row, line in zip(rows, lines, strict=True) if line in chosen or _may(row)]
    width = max((len(str(row["who"])) for row in rows), default=0)
    return "".join(f"{_told(row, width)}\n" for row in rows)


def _may(row: dict[str, Json]) -> bool:
    """Whether it may be the cause of anything."""
    return str(row["what"]).startswith(("fault", "crash"))


def _told(row: dict[str, Json], width: int) -> str:
    details = "  ".join(f"{key}={value}" for key, value in row.items() if key not in _OWN)
    return f"{row['at']:>14.3f}  {row['who']:<{width}}  {row['what']}  {details}".rstrip()
