"""Listings that a store cut off: the next round goes on where they were.

In the memory of the process, which scans by itself or has taken the turn: another one begins anew.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from shopify_writer.pages import Place

P = TypeVar("P", bound=Place)
OLDEST: Final = timedelta(days=1)
"""What was read longer ago may be another order by now: the whole is read again."""


class CutOff(Generic[P]):
    """By store, the place of its listing from when that begins until it has ended."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[object, P]] = {}

    def find(self, store: str) -> P | None:
        """Where its listing is; None: there is none."""
        return self._places[store][1] if store in self._places else None

    def resume(self, store: str, asked: object, now: datetime, new: Callable[[], P]) -> P:
        """Where it goes on, if the same was ``asked`` for then; else where it begins."""
        asked_then, place = self._places.get(store, (None, None))
        if place is None or asked_then != asked or now - place.began_at >= OLDEST:
            place = new()
            self._places[store] = (asked, place)
        return place

    def end(self, store: str) -> None:
        """It has come to its end, or nobody goes on with it here."""
        self._places.pop(store, None)
