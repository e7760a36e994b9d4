"""One supervised program's life: starting, running, and after a death starting again."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from devstack import process
from devstack.errors import StackFailed
from devstack.folder import StateFolder
from devstack.process import Program
from devstack.records import State, record_of, write_record
from devstack.server import last_line

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
# Up this long, a program is taken to be well again: its next death is a first one.
_WELL_AFTER_S = 10.0
# argparse, typer and our settings all end like this: starting again would not help.
_USAGE = 2


@dataclass(frozen=True)
class Supervised:
    """A program, how to see that it is ready, and what to run once after it came back."""

    program: Program
    is_ready: Callable[[], bool]
    after_restart: Program | None = None


class Watched:
    """A supervised program, started on making; its record is kept at every change of state."""

    def __init__(
        self, what: Supervised, folder: StateFolder, monotonic: Callable[[], float]
    ) -> None:
        self.what = what
        self._folder = folder
        self._monotonic = monotonic
        self._restarts = 0
        self._wait_s = _FIRST_WAIT_S
        self._due: float | None = None
        self._launch()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The newest process of the program, dead or alive."""
        return self._process

    def tick(self) -> bool:
        """Look once, start again what is due; whether it has just come back from a death."""
        if self._due is not None:
            self._launch_when_due(self._due)
            return False
        if self._process.poll() is not None:
            self._schedule()
            return False
        if self.state == "running" or not self.what.is_ready():
            return False
        self.note("running")
        return self._restarts > 0

    def require_start(self, deadline: float) -> None:
        """Raise StackFailed if it refuses its settings or is not ready by the deadline."""
        name = self.what.program.name
        if self._process.poll() == _USAGE:
            raise StackFailed(f"{name} refused to start: {last_line(self._folder.log(name))}")
        if self._monotonic() > deadline:
            raise StackFailed(f"{name} was not ready in time: {last_line(self._folder.log(name))}")

    def note(self, state: State) -> None:
        """Keep this state on file."""
        self.state: State = state
        record = record_of(self.what.program, self._process.pid, state, self._restarts)
        write_record(self._folder.pids, record)

    def _launch(self) -> None:
        program = self.what.program
        self._process = process.start(program, self._folder.log(program.name))
        self._since, self._due = self._monotonic(), None
        self.note("starting")

    def _launch_when_due(self, due: float) -> None:
        if self._monotonic() >= due:
            self._restarts += 1
            self._launch()

    def _schedule(self) -> None:
        process.end_group(self._process.pid)
        now = self._monotonic()
        if now - self._since >= _WELL_AFTER_S:
            self._wait_s = _FIRST_WAIT_S
        self._due = now + self._wait_s
        self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S)
        self.note("restarting")
