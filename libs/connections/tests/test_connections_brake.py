"""Bulk stops while a group or the store it goes to is behind, and while nobody can say."""

import pytest

from connections.brake import ASK_EVERY_S, Brake

STORE, OTHER = "harbor.myshopify.com", "pine.myshopify.com"


class Downstream:
    """Groups and stores as the brake asks them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.behind: dict[str, int] | Exception = {}
        self.seconds: dict[str, float] = {}
        self.asked: list[str] = []

    async def lag(self) -> dict[str, int]:
        self.asked.append("groups")
        if isinstance(self.behind, Exception):
            raise self.behind
        return self.behind

    async def backlog(self, store: str) -> float:
        self.asked.append(store)
        return self.seconds.get(store, 0.0)


@pytest.fixture
def downstream() -> Downstream:
    return Downstream()


@pytest.fixture
def brake(downstream: Downstream) -> Brake:
    return Brake(downstream.lag, downstream.backlog, lambda: downstream.now)


@pytest.mark.parametrize(
    ("behind", "in_the_way"),
    [
        ({"mapper": 0}, ()),
        ({"mapper": 1000}, ()),
        (
            {"mapper": 1001, "shopify-writer": 5000, "status-tracker": 3},
            ("mapper", "shopify-writer"),
        ),
        (ConnectionResetError(), ("Kafka",)),
    ],
    ids=["idle", "at the limit", "beyond it", "Kafka away"],
)
async def test_bulk_stops_while_a_group_is_behind(
    downstream: Downstream,
    brake: Brake,
    behind: dict[str, int] | Exception,
    in_the_way: tuple[str, ...],
) -> None:
    downstream.behind = behind
    assert await brake.in_the_way() == in_the_way
    assert await brake.has_room() is (not in_the_way)


async def test_bulk_stops_for_the_store_whose_lane_is_full_and_for_no_other(
    downstream: Downstream, brake: Brake
) -> None:
    downstream.seconds = {STORE: 120.5, OTHER: 120.0}
    assert await brake.in_the_way(STORE) == (STORE,)
    assert await brake.has_room(OTHER)
    assert await brake.has_room()


async def test_it_is_asked_now_and_then_only(downstream: Downstream, brake: Brake) -> None:
    for _ in range(50):
        assert await brake.has_room(STORE)
    assert downstream.asked == ["groups", STORE]
    downstream.behind, downstream.now = {"mapper": 5000}, ASK_EVERY_S
    assert not await brake.has_room(STORE)
    assert downstream.asked == ["groups", STORE] * 2


async def test_a_bug_is_not_taken_for_an_outage(downstream: Downstream, brake: Brake) -> None:
    downstream.behind = KeyError("a bug")
    with pytest.raises(KeyError):
        await brake.has_room()
