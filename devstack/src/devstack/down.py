"""Taking a stack down: through its supervisor, and without it when it has died before."""

import signal

import psutil

from devstack import process
from devstack.errors import StackFailed
from devstack.folder import SUPERVISOR, StateFolder
from devstack.records import ProcessRecord, read_records

# Longer than every program's own grace together, so that the supervisor is not interrupted.
_SUPERVISOR_GRACE_S = 90.0
_GRACE_S = 20.0


def bring_down(folder: StateFolder) -> bool:
    """End the stack of this folder; whether there was one. Afterwards only its logs are left.

    Raises StackFailed when its supervisor cannot be found.
    """
    held = folder.is_held()
    supervisor = _supervisor(folder)
    if supervisor is not None:
        _end([supervisor], _SUPERVISOR_GRACE_S)
    elif held:
        raise StackFailed(f"{folder.path} is in use, but by no process known: try again")
    ended = end_orphans(folder)
    if folder.path.is_dir():
        folder.clear()
    return held or bool(ended)


def end_orphans(folder: StateFolder) -> tuple[str, ...]:
    """End what a supervisor left behind that was killed; the names of what was still there."""
    records = [record for record in read_records(folder.pids) if record.name != SUPERVISOR]
    alive = [record for record in reversed(records) if record.process() is not None]
    _end(alive, _GRACE_S)
    for record in alive:
        process.end_group(record.pid)
    return tuple(record.name for record in alive)


def _supervisor(folder: StateFolder) -> ProcessRecord | None:
    records = [record for record in read_records(folder.pids) if record.name == SUPERVISOR]
    return next((record for record in records if record.process() is not None), None)


def _end(records: list[ProcessRecord], grace_s: float) -> None:
    found = [(record.process(), record.stop_signal) for record in records]
    alive = [(target, number) for target, number in found if target is not None]
    for target, number in alive:
        _signal(target, number)
    _gone, stubborn = psutil.wait_procs([target for target, _number in alive], timeout=grace_s)
    for target in stubborn:
        _signal(target, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=grace_s)


def _signal(target: psutil.Process, number: int) -> None:
    try:
        target.send_signal(number)
    except psutil.NoSuchProcess:
        return
