"""What `devstack logs` prints."""

import time
from collections.abc import Iterator
from pathlib import Path

from devstack.errors import StackRefused
from devstack.folder import StateFolder

_POLL_S = 0.2


def lines(folder: StateFolder, name: str | None, *, follow: bool) -> Iterator[str]:
    """The lines of one log, or of all with the name before each; with `follow` without end.

    Raises StackRefused naming the logs there are when `name` is not one of them.
    """
    known = _logs(folder)
    if name is not None and name not in known:
        there = ", ".join(sorted(known)) or "none yet: `devstack up` starts a stack"
        raise StackRefused(f"no log of {name!r} in {folder.logs}; there are: {there}")
    read: dict[str, int] = {}
    while True:
        yield from _new_lines(_logs(folder), name, read)
        if not follow:
            return
        time.sleep(_POLL_S)


def _logs(folder: StateFolder) -> dict[str, Path]:
    return {file.stem: file for file in sorted(folder.logs.glob("*.log"))}


def _new_lines(known: dict[str, Path], name: str | None, read: dict[str, int]) -> Iterator[str]:
    for program, file in known.items():
        if name in {None, program}:
            prefix = "" if name else f"{program} | "
            text, read[program] = _whole_lines(file, read.get(program, 0))
            yield from (f"{prefix}{line}" for line in text)


def _whole_lines(file: Path, start: int) -> tuple[list[str], int]:
    """The complete lines after `start`; a line still being written is left for the next time."""
    with file.open("rb") as log:
        log.seek(start)
        data = log.read()
    end = data.rfind(b"\n") + 1
    return data[:end].decode(errors="replace").splitlines(), start + end
