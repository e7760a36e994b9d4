"""Places are dealt by weight, also when they are dealt one by one."""

from collections import Counter

from jobs.lanes import LaneShares


def test_over_twelve_places_each_lane_gets_its_weight() -> None:
    assert LaneShares().deal(12) == {"live": 8, "bulk": 3, "replay": 1}


def test_places_dealt_one_by_one_add_up_to_the_same() -> None:
    shares, dealt = LaneShares(), Counter[str]()
    for _ in range(12):
        dealt.update(shares.deal(1))
    assert dealt == {"live": 8, "bulk": 3, "replay": 1}


def test_live_comes_first() -> None:
    assert LaneShares().deal(1) == {"live": 1, "bulk": 0, "replay": 0}


def test_nothing_is_dealt_of_nothing() -> None:
    assert LaneShares().deal(0) == {"live": 0, "bulk": 0, "replay": 0}
