"""Each history in a forked child, so that nothing leaks from one into the next."""

import contextlib
import os
import resource
import selectors
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self

from simulation import environment
from simulation.evidence import Failure
from simulation.plan import Plan
from simulation.result import Result

Run = Callable[[Plan], Result]


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a child, in seconds of its CPU and of the wall clock.

    A history takes about half a second; one that takes this long does not end. The wall clock
    catches a child that waits for ever without working.
    """

    cpu_s: int = 60
    wall_s: float = 240.0


USUAL = Limits()


def run_apart(run: Run, plan: Plan, limits: Limits = USUAL) -> Result:
    """The result of one history. A child that dies is a failure of the promise ``ends``."""
    return next(run_all(run, [plan], 1, limits))


def run_all(
    run: Run, plans: Iterable[Plan], at_once: int, limits: Limits = USUAL
) -> Iterator[Result]:
    """Of every plan, in the plans' order whatever ``at_once`` is. A child left over is ended."""
    if at_once < 1:
        raise ValueError(f"at_once is {at_once}: at least one history must run at a time")
    environment.prepare()
    waiting, running, done = enumerate(plans), dict[int, _Child](), dict[int, Result]()
    turn = 0
    try:
        while True:
            for number, plan in islice(waiting, at_once - len(running)):
                running[number] = _Child(run, plan, limits)
            if not running:
                return
            _read(running, done)
            while turn in done:
                yield done.pop(turn)
                turn += 1
    finally:
        _end(running.values())


def _end(children: Iterable["_Child"]) -> None:
    for child in children:
        child.end()


class _Child:
    """A history that runs; what it said so far."""

    def __init__(self, run: Run, plan: Plan, limits: Limits) -> None:
        self.plan, self.said = plan, bytearray()
        self.wall_s = limits.wall_s
        self.ends_at = time.monotonic() + limits.wall_s
        self.pipe, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            with _Telling(write) as telling:
                resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s))
                telling.said = run(plan).to_json()
        os.close(write)

    def result(self) -> Result:
        """Waits for the child's end."""
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        said = self.said.decode(errors="replace")
        if code == 0:
            return Result.parse(said)
        return _died(self.plan, f"the child ended with {code} {said}")

    def late(self) -> Result:
        """Its time is over: it is ended."""
        self.end()
        return _died(self.plan, f"the child was still there after {self.wall_s} s")

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.close(self.pipe)
        os.waitpid(self.pid, 0)


class _Telling:
    """The child's last word: its block's end is the process's, whatever ends it.

    No finalizer of the parent's may run in a child, so it leaves by ``os._exit``.
    """

    def __init__(self, write: int) -> None:
        self._write = write
        self.said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        said = self.said if error is None else f"{type(error).__name__}: {error}"
        try:
            with os.fdopen(self._write, "wb") as pipe:
                pipe.write(said.encode(errors="replace"))
        finally:
            os._exit(0 if error is None else 1)


def _read(running: dict[int, _Child], done: dict[int, Result]) -> None:
    """Waits until a child says something, ends, or its time is over."""
    left = min(child.ends_at for child in running.values()) - time.monotonic()
    with selectors.DefaultSelector() as selector:
        for number, child in running.items():
            selector.register(child.pipe, selectors.EVENT_READ, number)
        ready = [key.data for key, _ in selector.select(max(0.0, left))]
    for number in ready:
        if part := os.read(running[number].pipe, 1 << 16):
            running[number].said += part
        else:
            done[number] = running.pop(number).result()
    now = time.monotonic()
    for number in [number for number, child in running.items() if child.ends_at <= now]:
        done[number] = running.pop(number).late()


def _died(plan: Plan, how: str) -> Result:
    failure = Failure("ends", f"seed {plan.seed}", how.strip())
    return Result(
        plan=plan, failures=[failure], struck={}, done={}, events=0, virtual_s=0, trace=(),
        digest="",
    )  # fmt: skip
