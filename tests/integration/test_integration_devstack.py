"""The stack's own promises: servers come back on their data, and nothing is left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from tests.integration.database_access import ask, connected

from devstack.folder import StateFolder
from devstack.records import ProcessRecord, read_records
from devstack.stack_servers import StackServers, native_servers
from devstack.supervisor import Supervisor

TOPIC = "order-fetched"


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
    folder.clear()


@pytest.fixture
def servers(folder: StateFolder, supervisor: Supervisor) -> StackServers:
    servers = native_servers(folder, supervisor, kafka_port=None, postgres_port=None)
    supervisor.await_ready()
    return servers


def test_kafka_comes_back_on_its_records_after_kill_9(
    folder: StateFolder, supervisor: Supervisor, servers: StackServers
) -> None:
    values = [str(number).encode() for number in range(500)]
    asyncio.run(produce(servers.kafka, values))
    kill_and_await(folder, supervisor, "kafka")
    assert asyncio.run(consume(servers.kafka, len(values))) == values


def test_postgres_comes_back_on_its_rows_after_kill_9(
    folder: StateFolder, supervisor: Supervisor, servers: StackServers
) -> None:
    asyncio.run(servers.create_database())
    asyncio.run(insert(servers.database.admin_dsn, 500))
    kill_and_await(folder, supervisor, "postgres")
    assert asyncio.run(ask(servers.database.admin_dsn, "SELECT count(*) FROM kept")) == 500


def test_the_whole_command_leaves_nothing_behind(tmp_path: Path) -> None:
    summary = json.loads(last_line(devstack(tmp_path, "up", "--no-services", "--detach", "--json")))
    assert sorted(summary) == sorted(
        ["kafka", "database", "tiktok", "shopify", "console", "shop_id", "shopify_domain"]
    )
    names = {process["name"] for process in processes(tmp_path)}
    records = read_records(tmp_path / ".devstack" / "pids")
    again = devstack(tmp_path, "up", "--no-services")
    down = devstack(tmp_path, "down")
    assert names == {"kafka", "postgres", "shopify-sim", "tiktok-sim"}
    assert (again.returncode, down.returncode) == (2, 0)
    assert "already runs" in again.stderr
    assert [record.name for record in records if record.process() is not None] == []
    assert {file.name for file in (tmp_path / ".devstack").iterdir()} == {"lock", "logs"}
    assert processes(tmp_path) == []


def test_a_killed_supervisor_leaves_nothing_that_down_does_not_end(tmp_path: Path) -> None:
    devstack(tmp_path, "up", "--no-services", "--detach")
    records = read_records(tmp_path / ".devstack" / "pids")
    data = (tmp_path / ".devstack" / "elsewhere").read_text().split() if os.getuid() == 0 else []
    os.kill(next(record.pid for record in records if record.name == "devstack"), signal.SIGKILL)
    assert devstack(tmp_path, "down").returncode == 0
    assert [record.name for record in records if record.process() is not None] == []
    assert [folder for folder in data if Path(folder).exists()] == []


def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "devstack", "up", "--no-services"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as foreground:
        until((tmp_path / ".devstack" / "ready.json").exists)
        records = read_records(tmp_path / ".devstack" / "pids")
        foreground.send_signal(signal.SIGINT)
    assert foreground.returncode == 0
    assert len(records) == 5
    assert [record.name for record in records if record.process() is not None] == []


def test_a_port_in_use_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    ) as other:
        assert other.stdout is not None
        port = other.stdout.readline().split(" port ")[1].split()[0]
        refused = devstack(tmp_path, "up", "--detach", "--console-port", port)
        other.kill()
    assert refused.returncode == 2
    found = last_line(refused, "stderr")
    assert found == f"devstack: port {port} on 127.0.0.1, wanted by the console, is in use"


def devstack(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devstack", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def last_line(done: subprocess.CompletedProcess[str], stream: str = "stdout") -> str:
    lines = getattr(done, stream).strip().splitlines()
    assert lines, done
    return str(lines[-1])


def processes(folder: Path) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(
        devstack(folder, "status", "--json").stdout.strip().splitlines()[-1]
    )["processes"]
    return listed


def record(folder: StateFolder, name: str) -> ProcessRecord:
    return next(record for record in read_records(folder.pids) if record.name == name)


def kill_and_await(folder: StateFolder, supervisor: Supervisor, name: str) -> None:
    before = record(folder, name)
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: record(folder, name).restarts > 0, meanwhile=supervisor.wait)
    supervisor.await_ready()
    assert psutil.pid_exists(record(folder, name).pid)


def until(condition: Callable[[], bool], meanwhile: Callable[[], None] | None = None) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        if meanwhile is None:
            time.sleep(0.05)
        else:
            meanwhile()


async def produce(bootstrap: str, values: list[bytes]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all"
    ) as producer:
        await asyncio.gather(*[await producer.send(TOPIC, value) for value in values])


async def consume(bootstrap: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(20):
            return [(await consumer.getone()).value for _ in range(count)]


async def insert(dsn: str, rows: int) -> None:
    async with connected(dsn) as connection:
        await connection.execute("CREATE TABLE kept (number int)")
        for number in range(rows):
            await connection.execute("INSERT INTO kept VALUES ($1)", number)
