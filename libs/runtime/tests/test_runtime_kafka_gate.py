"""Replays have their turn when live work has caught up."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from runtime.kafka.gate import LiveSide, ReplayGate, ReplaySide

P0 = TopicPartition("replay", 0)


@pytest.fixture
def gate(timer: Any) -> ReplayGate:
    return ReplayGate(full=3, quiet_s=0.5, later=timer.later)


def test_replays_wait_until_live_work_was_seen(gate: ReplayGate) -> None:
    assert not gate.take()


def test_a_live_poll_that_is_not_full_lets_replays_go_on_until_a_full_one_comes(
    gate: ReplayGate,
) -> None:
    gate.live_polled(2)
    assert [gate.take(), gate.take()] == [True, True]
    gate.live_polled(3)
    assert [gate.take(), gate.take()] == [True, False]


def test_a_full_live_poll_gives_nothing(gate: ReplayGate) -> None:
    gate.live_polled(3)
    assert not gate.take()


def test_a_turn_given_is_kept_until_it_is_taken_so_that_replays_do_not_starve(
    gate: ReplayGate,
) -> None:
    gate.live_polled(2)
    gate.live_polled(3)
    gate.live_polled(3)
    assert [gate.take(), gate.take()] == [True, False]


def test_a_while_without_a_live_batch_after_a_full_one_is_caught_up(
    gate: ReplayGate, timer: Any
) -> None:
    gate.live_polled(3)
    gate.live_settled()
    assert not gate.take()
    timer.go_off()
    assert [gate.take(), gate.take()] == [True, True]


def test_a_live_batch_in_that_while_is_not_quiet(gate: ReplayGate, timer: Any) -> None:
    gate.live_polled(3)
    gate.live_settled()
    gate.live_polled(3)
    timer.go_off()
    assert not gate.take()


def test_a_replay_batch_without_a_turn_is_put_back_and_comes_again_when_it_has_one(
    gate: ReplayGate, timer: Any, raw: Any, memory_consumer: Any
) -> None:
    consumer = memory_consumer([raw(b"1", topic="replay"), raw(b"2", topic="replay", offset=1)])
    live, replay = LiveSide(gate), ReplaySide(gate)
    assert live.admits(memory_consumer([]), (raw(),) * 3)

    assert not replay.admits(consumer, consumer.poll())
    assert consumer.paused == {P0}
    assert consumer.poll() == ()

    live.settled()
    timer.go_off()
    assert consumer.paused == set()
    batch = consumer.poll()
    assert [record.value for record in batch] == [b"1", b"2"]
    assert replay.admits(consumer, batch)
