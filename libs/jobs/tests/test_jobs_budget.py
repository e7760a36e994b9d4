"""The budget's arithmetic against a simulated bucket: late answers, out of order, many callers."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from jobs.budget import Ask, Bucket, Reading, Settlement
from jobs.budget_queue import HORIZONS
from jobs.job import Lane

ME = "the process"


@dataclass
class Shopify:
    """A store's bucket as Shopify keeps it: full points are reserved, unused ones given back."""

    restore: float
    size: float
    left: float = 0.0
    at: float = 0.0
    used: float = 0.0
    throttled: int = 0

    def call(self, now: float, requested: float, actual: float) -> float | None:
        self.left = min(self.size, self.left + self.restore * (now - self.at))
        self.at = now
        if self.left < requested:
            self.throttled += 1
            return None
        self.left -= actual
        self.used += actual
        return float(int(self.left))


@dataclass
class World:
    """Callers that always have work, on one budget; time is virtual."""

    seed: int
    shopify: Shopify
    bucket: Bucket = field(default_factory=lambda: Bucket(0.0))
    now: float = 0.0
    _later: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def at(self, when: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._later, (when, next(self._order), do))

    def run(self, until: float) -> None:
        while self._later and self._later[0][0] <= until:
            self.now, _, do = heapq.heappop(self._later)
            do()
        self.now = until

    def caller(self, kinds: list[tuple[float, float]]) -> None:
        """Works for ever: asks, waits, sends, settles."""
        requested, actual = self.dice.choice(kinds)
        self.bucket.refill(self.now, ME)
        place = self.bucket.ask(Ask(requested, 0.5), self.now, ME)
        if not place.granted:
            self.at(self.now + place.wait_s + 0.002, lambda: self.caller(kinds))
            return
        self.at(self.now + place.wait_s, lambda: self.send(requested, actual, kinds))

    def send(self, requested: float, actual: float, kinds: list[tuple[float, float]]) -> None:
        sent_at, settled = self.now, self.bucket.settled

        def arrive() -> None:
            available = self.shopify.call(self.now, requested, actual)
            self.at(self.now + self.dice.uniform(0.003, 0.2), lambda: answer(available))

        def answer(available: float | None) -> None:
            self.bucket.refill(self.now, ME)
            reading = None
            if available is not None:
                reading = Reading(
                    available, self.shopify.size, self.shopify.restore, self.now - sent_at, settled
                )
            used = 0.0 if available is None else actual
            self.bucket.settle(Settlement(requested, used, reading), self.now, ME)
            self.caller(kinds)

        self.at(self.now + self.dice.uniform(0.003, 0.2), arrive)


def busy(world: World, callers: int = 64) -> World:
    kinds = [(11.0, 11.0), (11.0, 11.0), (105.0, 30.0), (8.0, 2.0)]
    for _ in range(callers):
        world.caller(kinds)
    return world


@pytest.mark.parametrize(("restore", "size"), [(100, 2_000), (200, 4_000), (1_000, 20_000)])
def test_the_bucket_is_used_up_and_never_overdrawn(restore: int, size: int) -> None:
    world = busy(World(7, Shopify(restore, size)))
    world.run(10)
    before = world.shopify.used
    world.run(40)
    assert world.shopify.throttled == 0
    assert (world.shopify.used - before) / (restore * 30) >= 0.98


def test_a_full_bucket_is_emptied_without_overdrawing() -> None:
    world = busy(World(8, Shopify(100, 2_000, left=2_000)))
    world.run(60)
    assert world.shopify.throttled == 0
    assert world.shopify.used >= 2_000 + 50 * 100


def test_believing_every_answer_as_it_comes_would_overdraw() -> None:
    """The check above can fail: this is the arithmetic without calls under way."""
    world = World(7, Shopify(100, 2_000))

    class Gullible(Bucket):
        def _read(self, reading: Reading, used: float, now: float) -> None:
            self.level = reading.available

    world.bucket = Gullible(0.0, maximum=2_000, restore=100)
    busy(world).run(90)
    assert world.shopify.throttled > 0


def test_an_answer_is_believed_less_what_was_not_known_to_be_answered() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100)
    bucket.level = 50
    for _ in range(3):
        assert bucket.ask(Ask(10, 1), 0.0, ME).granted
    bucket.settle(Settlement(10, 10, Reading(1_000, 2_000, 100, 0.0, settled=0.0)), 0.0, ME)
    assert bucket.level == 1_000 - 20


def test_somebody_else_spending_the_points_is_noticed() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=1_500)
    assert bucket.ask(Ask(10, 1), 0.0, ME).granted
    bucket.settle(Settlement(10, 10, Reading(40, 2_000, 100, 0.1, settled=0.0)), 0.1, ME)
    assert bucket.level <= 50


def test_a_late_answer_lowers_nothing_by_what_came_back_since() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=30)
    assert bucket.ask(Ask(10, 1), 0.0, ME).granted
    bucket.refill(10.0, ME)
    bucket.settle(Settlement(10, 10, Reading(20, 2_000, 100, 10.0, settled=0.0)), 10.0, ME)
    assert bucket.level == pytest.approx(1_020)


def test_a_store_that_limits_orders_gives_five_places_a_minute() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=2_000)
    bucket.ask(Ask(11, 1, creates_order=True), 0.0, ME)
    bucket.settle(Settlement(11, 11, order_limit_met=True), 0.0, ME)
    refused = bucket.ask(Ask(11, 1, creates_order=True), 1.0, ME)
    assert not refused.granted
    assert refused.wait_s == pytest.approx(60)
    granted = [bucket.ask(Ask(11, 1, creates_order=True), 61.0, ME).granted for _ in range(6)]
    assert granted == [True] * 5 + [False]
    assert bucket.ask(Ask(1, 1), 61.0, ME).granted  # other calls go on


@pytest.mark.parametrize(("after_s", "orders"), [(61, 5), (3_600, 5), (3_600.5, 6)])
def test_a_limit_of_orders_is_kept_to_for_an_hour(after_s: float, orders: int) -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=2_000)
    bucket.settle(Settlement(0, 0, order_limit_met=True), 0.0, ME)
    asked = [bucket.ask(Ask(11, 1, creates_order=True), after_s, ME) for _ in range(6)]
    assert sum(place.granted for place in asked) == orders


def test_other_calls_take_no_place_of_a_limited_order() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=2_000)
    bucket.settle(Settlement(0, 0, order_limit_met=True), 0.0, ME)
    asks = [Ask(11, 1, creates_order=creates) for creates in [False] * 6 + [True] * 6]
    granted = [bucket.ask(ask, 61.0, ME).granted for ask in asks]
    assert granted == [True] * 6 + [True] * 5 + [False]


@pytest.mark.parametrize(("lane", "longest_s"), [("live", 0.88), ("bulk", 0.44), ("replay", 0.22)])
def test_on_what_it_was_granted_a_lane_waits_so_long_at_most(lane: Lane, longest_s: float) -> None:
    bucket, waits_s = Bucket(0.0), [0.0]  # a store that nobody knows yet: 50 points a second
    while (place := bucket.ask(Ask(11, HORIZONS[lane]), 0.0, ME)).granted:
        waits_s.append(place.wait_s)
    assert waits_s[-1] == pytest.approx(longest_s)


def test_a_store_that_nobody_knows_yet_saves_up_a_thousand_points() -> None:
    bucket = Bucket(0.0)
    bucket.refill(60.0, ME)
    assert bucket.level == 1_000


def test_who_asks_again_when_it_was_told_to_is_granted_its_place() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=-150)
    refused = bucket.ask(Ask(10, 1), 0.0, ME)
    assert (refused.granted, refused.wait_s) == (False, 0.5)
    bucket.refill(refused.wait_s, ME)
    assert bucket.ask(Ask(10, 1), refused.wait_s, ME).granted


def test_a_deep_debt_is_not_added_to_by_who_can_wait() -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=0)
    assert bucket.ask(Ask(50, 0.3), 0.0, ME).granted
    assert not bucket.ask(Ask(10, 0.3), 0.0, ME).granted  # bulk
    assert bucket.ask(Ask(10, 0.8), 0.0, ME).wait_s == pytest.approx(0.6)  # live
