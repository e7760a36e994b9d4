"""What is known of each process, one file each: enough to find it again, never the wrong one.

A process id alone may belong to somebody else by now; together with the start time and the program
it names one process.
"""

import json
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from devstack.process import Program

State = Literal["starting", "running", "restarting", "stopped"]
# The start time is counted from boot, and the clock that says when that was may be corrected.
_CLOCK_CORRECTION_S = 2.0


@dataclass(frozen=True)
class ProcessRecord:
    """One supervised process as of its last change of state; `started` in unix seconds."""

    name: str
    pid: int
    started: float
    program: str
    state: State
    restarts: int
    stop_signal: int = signal.SIGTERM

    def process(self) -> psutil.Process | None:
        """The process, if this very one still lives."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= _CLOCK_CORRECTION_S
            alive = process.status() != psutil.STATUS_ZOMBIE
            return process if same and alive and process.cmdline()[:1] == [self.program] else None
        except psutil.Error:
            return None


def record_of(program: Program, pid: int, state: State, restarts: int) -> ProcessRecord:
    """The record of a program whose process runs now or ran a moment ago."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.Error:
        started = 0.0
    signal_number = int(program.stop_signal)
    return ProcessRecord(
        program.name, pid, started, program.argv[0], state, restarts, signal_number
    )


def write_record(folder: Path, record: ProcessRecord) -> None:
    """Keep the record; readers see the old one or the new one."""
    draft = folder / f"{record.name}.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(folder / f"{record.name}.json")


def read_records(folder: Path) -> tuple[ProcessRecord, ...]:
    """All records, oldest process first."""
    records = [ProcessRecord(**json.loads(file.read_text())) for file in folder.glob("*.json")]
    return tuple(sorted(records, key=lambda record: (record.started, record.name)))
