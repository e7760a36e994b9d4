"""`devstack up --detach`: the supervisor goes on by itself once everything is ready."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from devstack.errors import StackFailed, StackProblem, StackRefused
from devstack.folder import SUPERVISOR, StateFolder
from devstack.server import last_words
from devstack.signals import Stopped, stopped_by_signals

PREFIX = f"{SUPERVISOR}: "
"""Begins the one sentence that a failed command ends with."""
_POLL_S = 0.05


def start(
    folder: StateFolder, arguments: Sequence[str], say: Callable[[str], None]
) -> dict[str, str]:
    """Run `devstack` with these arguments by itself; the summary when everything is ready.

    Its progress is said meanwhile. Raises what it refused or failed with; a signal ends it again.
    """
    with folder.held():
        folder.ready.unlink(missing_ok=True)
        folder.logs.mkdir(mode=0o700, exist_ok=True)
    log = folder.log(SUPERVISOR)
    with log.open("wb") as output, stopped_by_signals():
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "devstack", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return _await(folder, supervisor, log, say)
        except Stopped:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait()
            raise StackFailed("stopped before everything was ready") from None


def _await(
    folder: StateFolder,
    supervisor: subprocess.Popen[bytes],
    log: Path,
    say: Callable[[str], None],
) -> dict[str, str]:
    with log.open() as output:
        while not folder.ready.exists():
            if supervisor.poll() is not None:
                raise _problem(supervisor.returncode, log)
            _relay(output.readlines(), say)
            time.sleep(_POLL_S)
        _relay(output.readlines(), say)
    summary: dict[str, str] = json.loads(folder.ready.read_text())
    return summary


def _relay(lines: list[str], say: Callable[[str], None]) -> None:
    for line in lines:
        # The last sentence of a failure is raised, and said by who catches it.
        if not line.startswith(PREFIX):
            say(line.rstrip("\n"))


def _problem(returncode: int, log: Path) -> StackProblem:
    kind = StackRefused if returncode == StackRefused.exit_code else StackFailed
    return kind(last_words(log).removeprefix(PREFIX))
