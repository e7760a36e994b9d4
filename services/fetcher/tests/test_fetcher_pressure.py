"""Bulk stops while the slowest group downstream lags, and while nobody can say."""

import pytest

from fetcher.pressure import ASK_EVERY_S, Pressure


class Groups:
    def __init__(self) -> None:
        self.now = 0.0
        self.behind: int | Exception = 0
        self.asked = 0

    async def slowest(self) -> int:
        self.asked += 1
        if isinstance(self.behind, Exception):
            raise self.behind
        return self.behind


@pytest.fixture
def groups() -> Groups:
    return Groups()


@pytest.fixture
def pressure(groups: Groups) -> Pressure:
    return Pressure(groups.slowest, lambda: groups.now, stops_at=1000)


@pytest.mark.parametrize(
    ("behind", "may"),
    [(0, True), (1000, True), (1001, False), (ConnectionResetError(), False)],
    ids=["idle", "at the limit", "beyond it", "Kafka away"],
)
async def test_bulk_stops_beyond_the_limit(
    groups: Groups, pressure: Pressure, behind: int | Exception, may: bool
) -> None:
    groups.behind = behind
    assert await pressure.may_add_bulk() is may


async def test_the_lag_is_asked_for_now_and_then_only(groups: Groups, pressure: Pressure) -> None:
    for _ in range(50):
        await pressure.may_add_bulk()
    groups.behind, groups.now = 5000, ASK_EVERY_S
    assert not await pressure.may_add_bulk()
    assert groups.asked == 2


async def test_a_bug_is_not_taken_for_an_outage(groups: Groups, pressure: Pressure) -> None:
    groups.behind = KeyError("a bug")
    with pytest.raises(KeyError):
        await pressure.may_add_bulk()
