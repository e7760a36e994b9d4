"""Records that are searched by time window and status, page by page, in O(log n + page).

One sorted list per time and status; a page continues after the key of its predecessor's last
record, so a record that moves while someone pages is seen again or later, but never hides another.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Key = tuple[int, str]
"""(unix seconds, id): unique, and sorted by time first."""

CREATE_TIME = "create_time"
UPDATE_TIME = "update_time"


class Timed(Protocol):
    """What a record must tell to be found."""

    @property
    def id(self) -> str:
        """Unique on its shelf."""

    @property
    def status(self) -> str:
        """The status it can be asked for by."""

    @property
    def create_time(self) -> int:
        """Unix seconds."""

    @property
    def update_time(self) -> int:
        """Unix seconds."""


R = TypeVar("R", bound=Timed)


@dataclass(frozen=True, slots=True)
class Window:
    """`ge <= time < lt` in unix seconds; None is open."""

    ge: int | None = None
    lt: int | None = None

    def __bool__(self) -> bool:
        return self.ge is not None or self.lt is not None

    def holds(self, time: int) -> bool:
        """Whether the time lies inside."""
        return (self.ge is None or self.ge <= time) and (self.lt is None or time < self.lt)


@dataclass(frozen=True, slots=True)
class Search(Generic[R]):
    """One page's worth of question. `after`: the key of the last record of the page before."""

    page_size: int
    sort_field: str = CREATE_TIME
    descending: bool = True
    after: Key | None = None
    created: Window = Window()
    updated: Window = Window()
    status: str | None = None
    keep: Callable[[R], bool] | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """`next_key` is None on the last page; `total` counts all pages."""

    records: tuple[R, ...]
    next_key: Key | None
    total: int


class Shelf(Generic[R]):
    """Records by id."""

    def __init__(self) -> None:
        self._records: dict[str, R] = {}
        self._keys: dict[tuple[str, str | None], list[Key]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        return iter(self._records.values())

    def get(self, record_id: str) -> R | None:
        """The record of this id."""
        return self._records.get(record_id)

    def put(self, record: R) -> None:
        """Adds a record, in the place of the one with its id."""
        self.remove(record.id)
        self._records[record.id] = record
        for name, key in _places(record):
            insort(self._keys.setdefault(name, []), key)

    def remove(self, record_id: str) -> None:
        """Takes a record away, if it is there."""
        record = self._records.pop(record_id, None)
        if record is None:
            return
        for name, key in _places(record):
            keys = self._keys[name]
            del keys[bisect_left(keys, key)]

    def search(self, search: Search[R]) -> Page[R]:
        """The page that the search asks for."""
        by_update = search.sort_field == UPDATE_TIME
        sorting, other = (
            (search.updated, search.created) if by_update else (search.created, search.updated)
        )
        keys = self._keys.get((search.sort_field, search.status), [])
        low, high = _span(keys, sorting)
        if other or search.keep:
            keys = [key for key in keys[low:high] if self._fits(key, search)]
            low, high = 0, len(keys)
        chosen, more = _cut(keys, low, high, search)
        records = tuple(self._records[record_id] for _, record_id in chosen)
        return Page(records, chosen[-1] if more else None, high - low)

    def _fits(self, key: Key, search: Search[R]) -> bool:
        record = self._records[key[1]]
        return (
            search.created.holds(record.create_time)
            and search.updated.holds(record.update_time)
            and (search.keep is None or search.keep(record))
        )


def _places(record: Timed) -> Iterator[tuple[tuple[str, str | None], Key]]:
    for status in (None, record.status):
        yield (CREATE_TIME, status), (record.create_time, record.id)
        yield (UPDATE_TIME, status), (record.update_time, record.id)


def _span(keys: list[Key], window: Window) -> tuple[int, int]:
    low = 0 if window.ge is None else bisect_left(keys, (window.ge, ""))
    high = len(keys) if window.lt is None else bisect_left(keys, (window.lt, ""))
    return low, max(low, high)


def _cut(keys: list[Key], low: int, high: int, search: Search[R]) -> tuple[list[Key], bool]:
    if search.descending:
        end = high if search.after is None else min(high, bisect_left(keys, search.after))
        start = max(low, end - search.page_size)
        return keys[start:end][::-1], start > low and end > start
    start = low if search.after is None else max(low, bisect_right(keys, search.after))
    end = min(high, start + search.page_size)
    return keys[start:end], start < end < high
