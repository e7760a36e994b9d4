"""Striking processes of a running system, and seeing that the supervisor starts them again."""

import os
import signal

from tests.system.stack import System
from tests.system.waiting import wait_until


def kill_9(system: System, name: str) -> None:
    """Kill the process at once; it cannot end anything it has in hand."""
    os.kill(pid_of(system, name), signal.SIGKILL)


def pid_of(system: System, name: str) -> int:
    """The process id of a running process, waiting for it if it is being started again."""

    def running() -> int | None:
        process = system.processes()[name]
        return int(process["pid"]) if process["state"] == "running" else None

    return wait_until(running, 60, lambda: f"{name}: {system.processes()[name]}")


def restarts(system: System, name: str) -> int:
    """How often the supervisor has started it again."""
    return int(system.processes()[name]["restarts"])
