"""Bulk stops while a group or the store it goes to is behind, and while nobody can say."""

import asyncio

import pytest

from connections.backpressure import ASK_EVERY_S, Backpressure, InTheWay

STORE, OTHER = "harbor.myshopify.com", "pine.myshopify.com"


class Downstream:
    """Groups and stores as they are asked."""

    def __init__(self) -> None:
        self.now = 0.0
        self.behind: dict[str, int] | Exception = {}
        self.seconds: dict[str, float] = {}
        self.asked: list[str] = []
        self.takes_s = 0.0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.backpressure = Backpressure(self.lag, self.backlog, lambda: self.now)

    async def lag(self) -> dict[str, int]:
        self.asked.append("groups")
        await self.may_answer.wait()
        self.now += self.takes_s
        if isinstance(self.behind, Exception):
            raise self.behind
        return self.behind

    async def backlog(self, store: str) -> float:
        self.asked.append(store)
        return self.seconds.get(store, 0.0)


@pytest.fixture
def downstream() -> Downstream:
    return Downstream()


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
    downstream: Downstream, behind: dict[str, int] | Exception, in_the_way: tuple[str, ...]
) -> None:
    downstream.behind = behind
    assert tuple(await downstream.backpressure.in_the_way()) == in_the_way
    assert await downstream.backpressure.has_room() is (not in_the_way)


async def test_bulk_stops_for_the_store_whose_lane_is_full_and_for_no_other(
    downstream: Downstream,
) -> None:
    downstream.seconds = {STORE: 120.5, OTHER: 120.0}
    assert await downstream.backpressure.in_the_way(STORE) == {STORE: 120.5}
    assert not await downstream.backpressure.has_room(OTHER, STORE)
    assert await downstream.backpressure.has_room(OTHER)
    assert await downstream.backpressure.has_room()


async def test_it_is_asked_now_and_then_only(downstream: Downstream) -> None:
    for _ in range(50):
        assert await downstream.backpressure.has_room(STORE)
    assert downstream.asked == ["groups", STORE]
    downstream.behind, downstream.now = {"mapper": 5000}, ASK_EVERY_S
    assert not await downstream.backpressure.has_room(STORE)
    assert downstream.asked == ["groups", STORE] * 2


async def test_a_bug_is_not_taken_for_an_outage(downstream: Downstream) -> None:
    downstream.behind = KeyError("a bug")
    with pytest.raises(KeyError):
        await downstream.backpressure.has_room()


async def test_many_who_ask_at_once_share_one_answer(downstream: Downstream) -> None:
    answers = await asyncio.gather(*(downstream.backpressure.has_room(STORE) for _ in range(20)))
    assert all(answers)
    assert downstream.asked == ["groups", STORE]


async def test_fifty_shops_ask_once_however_long_the_answer_takes(downstream: Downstream) -> None:
    downstream.takes_s = 2 * ASK_EVERY_S
    await asyncio.gather(*(downstream.backpressure.has_room() for _ in range(50)))
    assert await downstream.backpressure.has_room()
    assert downstream.asked == ["groups"]


async def test_whoever_asked_first_may_leave_and_the_others_are_answered(
    downstream: Downstream,
) -> None:
    downstream.may_answer.clear()
    first, second = (asyncio.create_task(downstream.backpressure.has_room()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    downstream.may_answer.set()
    assert await second
    assert first.cancelled()
    assert downstream.asked == ["groups"]


async def test_room_is_waited_for_and_what_is_waited_for_is_told(downstream: Downstream) -> None:
    backpressure = Backpressure(
        downstream.lag, downstream.backlog, lambda: downstream.now, ask_every_s=0, look_again_s=0
    )
    downstream.behind, downstream.seconds = {"mapper": 1001}, {STORE: 121.0}
    told: list[InTheWay] = []

    def waiting(found: InTheWay) -> None:
        told.append(found)
        downstream.behind = {}
        if len(told) == 2:
            downstream.seconds = {}

    await backpressure.room(OTHER, STORE, waiting=waiting)
    assert told == [{"mapper": 1001, STORE: 121.0}, {STORE: 121.0}]
