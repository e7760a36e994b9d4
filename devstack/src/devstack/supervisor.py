"""Keeps programs running, as Kubernetes would: what dies is started again, on its data.

One thread and no hidden one: `tick()` looks at every program once, and whoever waits for something
ticks meanwhile.
"""

import subprocess
import time
from collections.abc import Callable, Iterable

from devstack import process
from devstack.errors import StackFailed
from devstack.folder import StateFolder
from devstack.process import Program
from devstack.server import last_line
from devstack.watched import Supervised, Watched

_TICK_S = 0.05


class Supervisor:
    """Starts groups of programs in order and ends them in the opposite one."""

    def __init__(
        self,
        folder: StateFolder,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._sleep = sleep
        self._groups: list[list[Watched]] = []
        self._steps: list[tuple[subprocess.Popen[bytes], Program]] = []

    def launch(self, programs: Iterable[Supervised]) -> None:
        """Start these as one group, without waiting for them."""
        group: list[Watched] = []
        self._groups.append(group)
        group.extend(Watched(what, self._folder, self._monotonic) for what in programs)

    def await_ready(self, timeout_s: float = 60.0) -> None:
        """Return when everything launched is ready.

        Raises StackFailed when a program refuses its settings or is not ready in time.
        """
        deadline = self._monotonic() + timeout_s
        while starting := [watched for watched in self._watched() if watched.state != "running"]:
            for watched in starting:
                watched.require_start(deadline)
            self.wait()

    def run_once(self, program: Program, timeout_s: float = 120.0) -> None:
        """Run to the end. Raises StackFailed with the program's last line if it fails."""
        step = self._begin(program)
        deadline = self._monotonic() + timeout_s
        while step.poll() is None and self._monotonic() < deadline:
            self.wait()
        process.end(step, program)
        if step.returncode != 0:
            raise StackFailed(f"{program.name} failed: {last_line(self._folder.log(program.name))}")

    def wait(self) -> None:
        """Let a moment pass, keeping everything running meanwhile."""
        self.tick()
        self._sleep(_TICK_S)

    def tick(self) -> None:
        """Look at every program once: note who is ready, start again who died and is due."""
        self._steps = [step for step in self._steps if step[0].poll() is None]
        for watched in self._watched():
            came_back = watched.tick()
            if came_back and watched.what.after_restart is not None:
                self._begin(watched.what.after_restart)

    def stop(self) -> None:
        """End every group, the newest first; inside a group all at once."""
        process.end_all(self._steps)
        while self._groups:
            group = self._groups.pop()
            process.end_all([(watched.process, watched.what.program) for watched in group])
            for watched in group:
                watched.note("stopped")

    def _watched(self) -> list[Watched]:
        return [watched for group in self._groups for watched in group]

    def _begin(self, program: Program) -> subprocess.Popen[bytes]:
        step = process.start(program, self._folder.log(program.name))
        self._steps.append((step, program))
        return step
