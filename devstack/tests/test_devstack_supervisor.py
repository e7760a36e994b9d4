"""With small programs in place of servers and services."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from devstack.errors import StackFailed
from devstack.folder import StateFolder
from devstack.process import Program
from devstack.records import ProcessRecord, read_records
from devstack.supervisor import Supervisor
from devstack.watched import Supervised

WAITS = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); open('deaf', 'w'); signal.pause()"
PARENT = (
    "import os, signal; child = os.fork(); "
    "child and open('child', 'w').write(str(child)); signal.pause()"
)


class SmallStack(Supervisor):
    """A supervisor in a folder of its own, of programs that are a line of Python each."""

    def __init__(self, tmp_path: Path, **given: Any) -> None:
        self.folder = StateFolder(tmp_path / ".devstack")
        self.folder.start_empty()
        super().__init__(self.folder, **given)

    @property
    def data(self) -> Path:
        return self.folder.data

    def python(self, name: str, code: str) -> Program:
        argv = (sys.executable, "-S", "-c", code)
        return Program(name=name, argv=argv, env=dict(os.environ), cwd=self.data, grace_s=0.3)

    def supervised(
        self, name: str, code: str, is_ready: Callable[[], bool] = lambda: True
    ) -> Supervised:
        return Supervised(self.python(name, code), is_ready)

    def start(self, name: str, code: str, is_ready: Callable[[], bool] = lambda: True) -> None:
        self.launch([self.supervised(name, code, is_ready)])
        self.await_ready()

    def record(self, name: str) -> ProcessRecord:
        return next(record for record in read_records(self.folder.pids) if record.name == name)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[SmallStack]:
    stack = SmallStack(tmp_path)
    yield stack
    stack.stop()


def is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(stack: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        stack.wait()


def test_what_is_killed_is_started_again_and_counted(stack: SmallStack) -> None:
    stack.start("mapper", WAITS)
    first = stack.record("mapper").pid
    os.kill(first, signal.SIGKILL)
    until(stack, lambda: stack.record("mapper").restarts == 1)
    stack.await_ready()
    assert stack.record("mapper").pid != first
    assert stack.record("mapper").state == "running"


def test_after_stop_no_process_is_left(stack: SmallStack) -> None:
    stack.launch([stack.supervised("kafka", WAITS)])
    stack.launch([stack.supervised("relay", WAITS), stack.supervised("mapper", WAITS)])
    stack.await_ready()
    records = read_records(stack.folder.pids)
    stack.stop()
    assert [record.process() for record in records] == [None, None, None]
    assert {record.state for record in read_records(stack.folder.pids)} == {"stopped"}


def test_services_end_before_their_servers(stack: SmallStack) -> None:
    tells = (
        "import signal, sys; "
        "signal.signal(15, lambda *_: (open('order', 'a').write({!r}), sys.exit()))"
    )
    ready = "; open({!r}, 'w'); signal.pause()"
    for name in ("server", "service"):
        code = (tells + ready).format(f"{name} ", name)
        stack.start(name, code, (stack.data / name).exists)
    stack.stop()
    assert (stack.data / "order").read_text() == "service server "


def test_a_program_that_ignores_the_signal_is_ended_by_force(stack: SmallStack) -> None:
    stack.start("console", STUBBORN, (stack.data / "deaf").exists)
    process = stack.record("console").process()
    stack.stop()
    assert process is not None
    assert not process.is_running()


def test_the_children_of_a_program_go_with_it(stack: SmallStack) -> None:
    written = stack.data / "child"
    stack.start("fetcher", PARENT, written.exists)
    until(stack, lambda: bool(written.read_text()))
    child = psutil.Process(int(written.read_text()))
    stack.stop()
    until(stack, lambda: is_gone(child))


def test_refused_settings_are_one_sentence_at_once(stack: SmallStack) -> None:
    refuses = "import sys; print('DATABASE_URL: missing'); sys.exit(2)"
    stack.launch([stack.supervised("mapper", refuses, lambda: False)])
    with pytest.raises(StackFailed, match=r"^mapper refused to start: DATABASE_URL: missing"):
        stack.await_ready()


def test_a_program_that_is_never_ready_is_named(stack: SmallStack) -> None:
    stack.launch([stack.supervised("relay", WAITS, lambda: False)])
    with pytest.raises(StackFailed, match=r"relay was not ready in time: it said nothing"):
        stack.await_ready(timeout_s=0.1)


def test_a_program_that_keeps_dying_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    now = 0.0
    stack = SmallStack(tmp_path, monotonic=lambda: now, sleep=lambda _: None)
    stack.launch([stack.supervised("mapper", "raise SystemExit(1)", lambda: False)])
    waits = []
    for restarts in range(1, 8):
        until(stack, lambda: stack.record("mapper").state == "restarting")
        died = now
        while stack.record("mapper").restarts < restarts:
            now += 0.05
            stack.tick()
        waits.append(round(now - died, 2))
    stack.stop()
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(0.1, abs=0.06)
    assert waits[-1] == pytest.approx(5.0, abs=0.06)


def test_what_follows_a_restart_runs_once_after_it(stack: SmallStack) -> None:
    follows = stack.python("connect", "open('connected', 'a').write('again ')")
    program = stack.python("tiktok-sim", WAITS)
    stack.launch([Supervised(program, lambda: True, after_restart=follows)])
    stack.await_ready()
    done = stack.data / "connected"
    assert not done.exists()
    os.kill(stack.record("tiktok-sim").pid, signal.SIGKILL)
    until(stack, lambda: done.exists() and bool(done.read_text()))
    assert done.read_text() == "again "


def test_a_failed_step_says_the_last_thing_it_said(stack: SmallStack) -> None:
    with pytest.raises(StackFailed, match=r"^migrate failed: no such table"):
        stack.run_once(stack.python("migrate", "raise SystemExit('no such table')"))
