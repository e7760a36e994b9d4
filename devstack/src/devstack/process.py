"""Programs as values, and the one way to start and to end one.

A started program leads its own process group, writes to its log file, and is told to stop when the
process that started it dies, however it dies (Linux; elsewhere `devstack down` ends what is left).
"""

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# Loaded here and not after the fork: a forked child should do as little as possible.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run and how to end it; the environment is complete and never shown."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path | None = None
    uid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 15.0


def start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start the program now, appending both its outputs to `log`.

    Call it from the main thread: Linux ties the child to the life of the starting thread.
    Raises OSError when the program cannot be run.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            program.argv,
            env=dict(program.env),
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=program.uid,
            group=program.uid,
            extra_groups=None if program.uid is None else [],
            preexec_fn=_until_parent_dies(program.stop_signal),  # noqa: PLW1509 - one prctl call
        )


def end(process: subprocess.Popen[bytes], program: Program) -> None:
    """End the program and everything in its group: politely, and after `grace_s` by force."""
    end_all([(process, program)])


def end_all(started: Sequence[tuple[subprocess.Popen[bytes], Program]]) -> None:
    """End these together, each with all of its group; one that has ended already is fine."""
    # Only the living: the id of one that was waited for may be somebody else's by now.
    alive = [entry for entry in started if entry[0].poll() is None]
    for process, program in alive:
        process.send_signal(program.stop_signal)
    begun = time.monotonic()
    for process, program in alive:
        left = max(begun + program.grace_s - time.monotonic(), 0.0)
        try:
            process.wait(left)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end_group(process.pid)


def end_group(leader: int) -> None:
    """Kill what is left of the process group of `leader`; an empty group is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _until_parent_dies(stop_signal: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    return functools.partial(_tie_to_parent, os.getpid(), stop_signal)


def _tie_to_parent(parent: int, stop_signal: int) -> None:
    """Run in the child, after the change of user, which would undo it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, stop_signal)
    if os.getppid() != parent:
        os._exit(1)
