"""Waits that grow, stay under a limit and differ."""

from runtime.backoff import Backoff
from runtime.randomness import system_chance


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(first=1, longest=10)
    assert [backoff.delay(n, lambda: 1.0) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_jitter_takes_at_most_half_of_the_wait() -> None:
    assert Backoff(first=1, longest=10).delay(3, lambda: 0.0) == 2


def test_any_number_of_attempts_stays_finite() -> None:
    assert Backoff().delay(100_000, lambda: 1.0) == 30


def test_chance_is_a_number_from_zero_to_below_one() -> None:
    assert all(0 <= system_chance() < 1 for _ in range(100))
