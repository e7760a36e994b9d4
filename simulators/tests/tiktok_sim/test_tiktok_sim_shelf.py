"""Searching a shelf gives what filtering and sorting everything would give."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.tiktok.shelf import CREATE_TIME, UPDATE_TIME, Key, Search, Shelf, Window


@dataclass(frozen=True)
class Record:
    id: str
    status: str
    create_time: int
    update_time: int


times = st.integers(0, 12)
records = st.builds(
    Record, st.integers(0, 30).map(str), st.sampled_from("AB"), create_time=times, update_time=times
)
windows = st.builds(Window, st.none() | times, st.none() | times)
searches = st.builds(
    Search,
    page_size=st.integers(1, 5),
    sort_field=st.sampled_from([CREATE_TIME, UPDATE_TIME]),
    descending=st.booleans(),
    created=windows,
    updated=windows,
    status=st.none() | st.sampled_from("AB"),
    keep=st.none() | st.just(lambda record: int(record.id) % 2 == 0),
)


def expected(stored: dict[str, Record], search: Search[Record]) -> Any:
    found = [
        record
        for record in stored.values()
        if search.created.holds(record.create_time)
        and search.updated.holds(record.update_time)
        and search.status in (None, record.status)
        and (search.keep is None or search.keep(record))
    ]
    return sorted(
        found,
        key=lambda record: (getattr(record, search.sort_field), record.id),
        reverse=search.descending,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(records, max_size=40), st.lists(st.integers(0, 30).map(str)), searches)
def test_all_pages_together_are_the_filtered_and_sorted_records(
    put: list[Record], removed: list[str], search: Search[Record]
) -> None:
    shelf: Shelf[Record] = Shelf()
    stored: dict[str, Record] = {}
    for record in put:
        shelf.put(record)
        stored[record.id] = record
    for record_id in removed:
        shelf.remove(record_id)
        stored.pop(record_id, None)
    matching, paged = expected(stored, search), list[Record]()
    after: Key | None = None
    while True:
        page = shelf.search(replace(search, after=after))
        assert page.total == len(matching)
        assert len(page.records) <= search.page_size
        paged += page.records
        after = page.next_key
        if after is None:
            break
    assert paged == matching


def test_a_record_that_moves_behind_the_page_is_seen_again_and_hides_no_other() -> None:
    shelf: Shelf[Record] = Shelf()
    for n in range(6):
        shelf.put(Record(str(n), "A", n, n))
    search: Search[Record] = Search(page_size=2, sort_field=UPDATE_TIME, descending=False)
    first = shelf.search(search)
    shelf.put(Record("0", "A", 0, 9))
    rest = shelf.search(replace(search, page_size=9, after=first.next_key))
    assert [record.id for record in rest.records] == ["2", "3", "4", "5", "0"]
