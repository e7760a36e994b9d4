"""Replays wait for live work: a replay batch needs a permit, and live work gives it.

A live poll that came back less than full gives one; so does a while without a live batch, because
FastStream shows us no empty polls. While live work stays caught up, permits are not used up.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from runtime.kafka.holds import Consumer, Later, first_offsets, pause, put_back
from runtime.kafka.record import Raw


class ReplayGate:
    """Counts as full a live batch of ``full`` records; ``quiet_s`` without one is caught up."""

    def __init__(self, *, full: int, quiet_s: float, later: Later) -> None:
        self._full = full
        self._quiet_s = quiet_s
        self._later = later
        self._polls = 0
        self._caught_up = False
        self._permit = False
        self._waiting: list[Callable[[], None]] = []

    def live_polled(self, records: int) -> None:
        """A live batch of so many records came."""
        self._polls += 1
        self._caught_up = False
        if records < self._full:
            self._catch_up()

    def live_settled(self) -> None:
        """The live batch is done, or live work just began: without another one, it is quiet."""
        seen = self._polls

        def quiet() -> None:
            if seen == self._polls:
                self._catch_up()

        self._later(self._quiet_s, quiet)

    def take(self) -> bool:
        """Whether a replay batch may be handled now; uses up the permit."""
        taken, self._permit = self._permit, self._caught_up
        return taken

    def when_open(self, function: Callable[[], None]) -> None:
        """Call the function once, when there is a permit again."""
        self._waiting.append(function)

    def _catch_up(self) -> None:
        self._caught_up = self._permit = True
        waiting, self._waiting = self._waiting, []
        for function in waiting:
            function()


class GateSide(Protocol):
    """One side of the gate: whether a polled batch has its turn, and hears when it is done."""

    @property
    def waits(self) -> bool:
        """Whether a batch was put back until the other side has caught up."""

    def admits(self, consumer: Consumer, batch: Sequence[Raw]) -> bool:
        """Whether to deliver now; if not, it has put the batch back."""

    def settled(self) -> None:
        """The batch is delivered, or partitions were assigned: live work may be quiet now."""


class LiveSide:
    """Live work always has its turn; the gate hears of it."""

    waits: Final = False

    def __init__(self, gate: ReplayGate) -> None:
        self._gate = gate

    def admits(self, consumer: Consumer, batch: Sequence[Raw]) -> bool:  # noqa: ARG002 - GateSide's
        """Always."""
        self._gate.live_polled(len(batch))
        return True

    def settled(self) -> None:
        """Starts to wait for quiet."""
        self._gate.live_settled()


class ReplaySide:
    """A replay batch is put back, its partitions paused, until the gate has a permit."""

    def __init__(self, gate: ReplayGate) -> None:
        self._gate = gate
        self.waits = False

    def admits(self, consumer: Consumer, batch: Sequence[Raw]) -> bool:
        """When the gate has a permit."""
        if self._gate.take():
            return True
        put_back(consumer, first_offsets(batch))
        resume = pause(consumer, consumer.assignment())
        self.waits = True

        def go_on() -> None:
            self.waits = False
            resume()

        self._gate.when_open(go_on)
        return False

    def settled(self) -> None:
        """Nobody waits for replays."""
