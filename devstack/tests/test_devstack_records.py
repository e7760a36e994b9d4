import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from devstack.process import Program
from devstack.records import ProcessRecord, read_records, record_of, write_record

OURSELVES = Program(name="test", argv=(psutil.Process().cmdline()[0],), env={})


@pytest.fixture
def record() -> ProcessRecord:
    return record_of(OURSELVES, os.getpid(), "running", 0)


def test_a_record_finds_its_living_process(record: ProcessRecord) -> None:
    process = record.process()
    assert process is not None
    assert process.pid == os.getpid()


def test_the_same_id_with_another_start_time_is_somebody_else(record: ProcessRecord) -> None:
    assert replace(record, started=record.started - 60).process() is None


def test_the_same_id_running_another_program_is_somebody_else(record: ProcessRecord) -> None:
    assert replace(record, program="/usr/bin/editor").process() is None


def test_a_process_that_ended_is_not_found() -> None:
    asking = [sys.executable, "-c", "input('ready')"]
    with subprocess.Popen(asking, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(5)  # the system knows its command line only a moment after its start
        program = Program(name="child", argv=(sys.executable,), env={})
        record = record_of(program, child.pid, "running", 0)
        assert record.process() is not None
    assert record.process() is None


def test_records_are_read_back_oldest_process_first(tmp_path: Path, record: ProcessRecord) -> None:
    older = replace(record, name="zebra", started=record.started - 1)
    for entry in (record, older):
        write_record(tmp_path, entry)
    assert read_records(tmp_path) == (older, record)
