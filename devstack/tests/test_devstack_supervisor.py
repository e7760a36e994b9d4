"""With small programs in place of servers and services."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / ".devstack")
    folder.start_empty()
    return folder


@pytest.fixture
def supervisor(folder: StateFolder) -> Iterator[Supervisor]:
    supervisor = Supervisor(folder)
    yield supervisor
    supervisor.stop()


def supervised(
    folder: StateFolder, name: str, code: str, is_ready: Callable[[], bool] = lambda: True
) -> Supervised:
    return Supervised(python(folder, name, code), is_ready)


def python(folder: StateFolder, name: str, code: str) -> Program:
    argv = (sys.executable, "-S", "-c", code)
    return Program(name=name, argv=argv, env=dict(os.environ), cwd=folder.data, grace_s=0.3)


def record(folder: StateFolder, name: str) -> ProcessRecord:
    return next(record for record in read_records(folder.pids) if record.name == name)


def is_gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        supervisor.wait()


def test_what_is_killed_is_started_again_and_counted(
    folder: StateFolder, supervisor: Supervisor
) -> None:
    supervisor.launch([supervised(folder, "mapper", WAITS)])
    supervisor.await_ready()
    first = record(folder, "mapper").pid
    os.kill(first, signal.SIGKILL)
    until(supervisor, lambda: record(folder, "mapper").restarts == 1)
    supervisor.await_ready()
    assert record(folder, "mapper").pid != first
    assert record(folder, "mapper").state == "running"


def test_after_stop_no_process_is_left(folder: StateFolder, supervisor: Supervisor) -> None:
    supervisor.launch([supervised(folder, "kafka", WAITS)])
    supervisor.launch([supervised(folder, "relay", WAITS), supervised(folder, "mapper", WAITS)])
    supervisor.await_ready()
    records = read_records(folder.pids)
    supervisor.stop()
    assert [record.process() for record in records] == [None, None, None]
    assert {record.state for record in read_records(folder.pids)} == {"stopped"}


def test_services_end_before_their_servers(folder: StateFolder, supervisor: Supervisor) -> None:
    tells = (
        "import signal, sys; "
        "signal.signal(15, lambda *_: (open('order', 'a').write({!r}), sys.exit()))"
    )
    ready = "; open({!r}, 'w'); signal.pause()"
    for name in ("server", "service"):
        code = (tells + ready).format(f"{name} ", name)
        supervisor.launch([supervised(folder, name, code, (folder.data / name).exists)])
        supervisor.await_ready()
    supervisor.stop()
    assert (folder.data / "order").read_text() == "service server "


def test_a_program_that_ignores_the_signal_is_ended_by_force(
    folder: StateFolder, supervisor: Supervisor
) -> None:
    deaf = (folder.data / "deaf").exists
    supervisor.launch([supervised(folder, "console", STUBBORN, is_ready=deaf)])
    supervisor.await_ready()
    process = record(folder, "console").process()
    supervisor.stop()
    assert process is not None
    assert not process.is_running()


def test_the_children_of_a_program_go_with_it(folder: StateFolder, supervisor: Supervisor) -> None:
    started = (folder.data / "child").exists
    supervisor.launch([supervised(folder, "fetcher", PARENT, is_ready=started)])
    supervisor.await_ready()
    until(supervisor, lambda: bool((folder.data / "child").read_text()))
    child = psutil.Process(int((folder.data / "child").read_text()))
    supervisor.stop()
    until(supervisor, lambda: is_gone(child))


def test_refused_settings_are_one_sentence_at_once(
    folder: StateFolder, supervisor: Supervisor
) -> None:
    refuses = "import sys; print('DATABASE_URL: missing'); sys.exit(2)"
    supervisor.launch([supervised(folder, "mapper", refuses, is_ready=lambda: False)])
    with pytest.raises(StackFailed, match=r"^mapper refused to start: DATABASE_URL: missing"):
        supervisor.await_ready()


def test_a_program_that_is_never_ready_is_named(
    folder: StateFolder, supervisor: Supervisor
) -> None:
    supervisor.launch([supervised(folder, "relay", WAITS, is_ready=lambda: False)])
    with pytest.raises(StackFailed, match=r"relay was not ready in time: it said nothing"):
        supervisor.await_ready(timeout_s=0.1)


def test_a_program_that_keeps_dying_is_tried_ever_more_slowly(folder: StateFolder) -> None:
    now = 0.0
    supervisor = Supervisor(folder, monotonic=lambda: now, sleep=lambda _: None)
    supervisor.launch([supervised(folder, "mapper", "raise SystemExit(1)", is_ready=lambda: False)])
    waits = []
    for restarts in range(1, 8):
        until(supervisor, lambda: record(folder, "mapper").state == "restarting")
        died = now
        while record(folder, "mapper").restarts < restarts:
            now += 0.05
            supervisor.tick()
        waits.append(round(now - died, 2))
    supervisor.stop()
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(0.1, abs=0.06)
    assert waits[-1] == pytest.approx(5.0, abs=0.06)


def test_what_follows_a_restart_runs_once_after_it(
    folder: StateFolder, supervisor: Supervisor
) -> None:
    follows = python(folder, "connect", "open('connected', 'a').write('again ')")
    program = python(folder, "tiktok-sim", WAITS)
    supervisor.launch([Supervised(program, lambda: True, after_restart=follows)])
    supervisor.await_ready()
    assert not (folder.data / "connected").exists()
    os.kill(record(folder, "tiktok-sim").pid, signal.SIGKILL)
    done = folder.data / "connected"
    until(supervisor, lambda: done.exists() and bool(done.read_text()))
    assert done.read_text() == "again "


def test_a_failed_step_says_the_last_thing_it_said(
    folder: StateFolder, supervisor: Supervisor
) -> None:
    with pytest.raises(StackFailed, match=r"^migrate failed: no such table"):
        supervisor.run_once(python(folder, "migrate", "raise SystemExit('no such table')"))
