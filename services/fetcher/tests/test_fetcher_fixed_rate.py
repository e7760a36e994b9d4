"""ShopSchedule keep their interval, however long each takes."""

import pytest

from fetcher.polling.schedule import FixedRate


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_a_round_takes_is_not_added_to_the_interval() -> None:
    time = Time()
    rate = FixedRate(10.0, time, lambda: 0.5)
    begun = []
    for took in (0.0, 3.0, 9.0, 0.5):
        time.now += took
        time.now += rate.wait_s()
        begun.append(time.now)
    assert begun == [105.0, 115.0, 125.0, 135.0]


@pytest.mark.parametrize(("took", "next_at"), [(12.0, 125.0), (20.0, 135.0), (47.0, 155.0)])
def test_beats_that_a_slow_round_missed_are_left_out(took: float, next_at: float) -> None:
    time = Time()
    rate = FixedRate(10.0, time, lambda: 0.5)
    time.now += rate.wait_s() + took
    assert time.now + rate.wait_s() == next_at
    time.now = next_at
    assert rate.wait_s() == 10.0


def test_shops_taken_over_together_are_spread_over_the_interval() -> None:
    waits = [FixedRate(10.0, Time(), lambda: n / 4).wait_s() for n in range(1, 4)]  # noqa: B023 - now
    assert waits == [2.5, 5.0, 7.5]
