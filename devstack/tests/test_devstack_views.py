import os
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from devstack.errors import StackRefused
from devstack.folder import StateFolder
from devstack.log_view import lines
from devstack.process import Program
from devstack.records import record_of, write_record
from devstack.status_view import processes, table


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / ".devstack")
    folder.start_empty()
    ours = Program(name="relay", argv=(psutil.Process().cmdline()[0],), env={})
    relay = record_of(ours, os.getpid(), "running", 0)
    write_record(folder.pids, relay)
    write_record(folder.pids, replace(relay, name="mapper", started=0.0, restarts=3))
    write_record(folder.pids, replace(relay, name="devstack"))
    return folder


def test_a_process_nobody_will_start_again_is_dead(folder: StateFolder) -> None:
    states = {process["name"]: process["state"] for process in processes(folder)}
    assert states == {"mapper": "dead", "relay": "running"}


def test_a_process_that_died_under_its_supervisor_is_restarting(folder: StateFolder) -> None:
    with folder.held():
        states = {process["name"]: process["state"] for process in processes(folder)}
    assert states == {"mapper": "restarting", "relay": "running"}


def test_the_table_lines_up(folder: StateFolder) -> None:
    header, mapper, relay = table(processes(folder)).splitlines()
    assert header.index("state") == mapper.index("dead") == relay.index("running")


def test_all_logs_are_shown_with_the_name_of_their_process(folder: StateFolder) -> None:
    folder.log("relay").write_text("up\n")
    folder.log("mapper").write_text("one\ntwo\n")
    assert [*lines(folder, None, follow=False)] == ["mapper | one", "mapper | two", "relay | up"]


def test_following_shows_what_is_written_meanwhile_and_only_whole_lines(
    folder: StateFolder,
) -> None:
    log = folder.log("mapper")
    log.write_text("one\nhal")
    shown = lines(folder, "mapper", follow=True)
    assert next(shown) == "one"
    log.write_text("one\nhalf\n")
    assert next(shown) == "half"


def test_an_unknown_log_is_refused_with_the_names_there_are(folder: StateFolder) -> None:
    folder.log("relay").touch()
    with pytest.raises(StackRefused, match=r"no log of 'mapper' .*; there are: relay"):
        next(iter(lines(folder, "mapper", follow=False)))
