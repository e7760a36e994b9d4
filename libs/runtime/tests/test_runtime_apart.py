"""One that fails alone does not spoil the others' work."""

from collections.abc import Sequence

import pytest

from runtime.apart import apart


async def test_all_but_the_spoilt_ones_are_done() -> None:
    done: list[int] = []
    failed: dict[int, str] = {}

    async def work(items: Sequence[int]) -> None:
        if {3, 9} & set(items):
            raise ValueError("spoilt")
        done.extend(items)

    async def note(item: int, error: Exception) -> None:
        failed[item] = str(error)

    await apart(range(12), work, note)
    assert (sorted(done), failed) == (
        [0, 1, 2, 4, 5, 6, 7, 8, 10, 11],
        {3: "spoilt", 9: "spoilt"},
    )
    await apart([], work, note)


async def test_what_is_away_is_nobodys_fault() -> None:
    async def work(items: Sequence[int]) -> None:
        raise ConnectionError

    async def note(item: int, error: Exception) -> None:
        raise AssertionError

    with pytest.raises(ConnectionError):
        await apart([1, 2], work, note)
