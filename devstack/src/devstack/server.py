"""One program as a running server: started, ready, killed, started again on its data, stopped."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from devstack import process
from devstack.errors import StackFailed
from devstack.process import Program

_POLL_S = 0.02


class Server:
    """A server that is up after `start()` and gone, with all its children, after `stop()`.

    `program` and `is_ready` are all that a supervisor needs to run it instead.
    """

    def __init__(self, program: Program, *, log: Path, is_ready: Callable[[], bool]) -> None:
        self.program = program
        self._log = log
        self.is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    def start(self, timeout_s: float = 60.0) -> None:
        """Start and return when ready. Raises StackFailed when it exits or is not ready in time."""
        self._process = process.start(self.program, self._log)
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            self._check(deadline)
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End it properly; a server that does not run is already stopped."""
        if self._process is not None:
            process.end(self._process, self.program)
            self._process = None

    def kill(self) -> None:
        """`kill -9`, as a crash would: nothing is flushed, nothing is told."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _check(self, deadline: float) -> None:
        if self.pid is None:
            raise StackFailed(f"{self.program.name} did not start: {last_line(self._log)}")
        if time.monotonic() > deadline:
            self.stop()
            raise StackFailed(f"{self.program.name} was not ready in time, see {self._log}")


def last_line(log: Path) -> str:
    """The last line that says something and where it stands, for an error sentence."""
    return f"{last_words(log) or 'it said nothing'} (see {log})"


def last_words(log: Path) -> str:
    """The last line that says something, or nothing."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
