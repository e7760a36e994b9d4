"""What is raised when many are halved is for the caller to say."""

from collections.abc import Sequence

import pytest

from runtime.halving import in_halves


async def work(items: Sequence[int]) -> int:
    if 3 in items:
        raise LookupError
    return sum(items)


async def test_whose_fault_it_is_not_is_for_the_caller_to_say() -> None:
    async def failed(item: int, error: Exception) -> None:
        raise AssertionError

    with pytest.raises(LookupError):
        await in_halves([3, 4], work, failed, lambda error: isinstance(error, LookupError))


async def test_what_the_work_returned_is_told_of_each_part_in_order() -> None:
    spoilt: list[int] = []

    async def failed(item: int, error: Exception) -> None:
        spoilt.append(item)

    assert await in_halves(range(8), work, failed, lambda _: False) == [0 + 1, 2, 4 + 5 + 6 + 7]
    assert spoilt == [3]
    assert await in_halves([3], work, failed, lambda _: False) == []
