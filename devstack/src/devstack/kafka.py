"""A real Apache Kafka on this machine, without a container engine or a system JDK."""

import base64
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import uuid
from pathlib import Path

from devstack import java
from devstack.cache import only_one
from devstack.errors import StackFailed
from devstack.jars import locked_jars
from devstack.kafka_config import server_properties
from devstack.ports import free_ports, require_free
from devstack.process import Program
from devstack.server import Server

_CHECKPOINT = "bootstrap.checkpoint"


class Kafka(Server):
    """One Kafka node on 127.0.0.1 that keeps its records in `home` over restarts and kill -9.

    `bootstrap` is its host:port. The first start in an empty `home` formats it; the very first one
    on a machine downloads 56 MB. Raises StackFailed, or StackRefused for a port in use.
    """

    def __init__(self, home: Path, *, cache: Path, log: Path, port: int | None = None) -> None:
        chosen, controller = _ports(port)
        self.bootstrap = f"127.0.0.1:{chosen}"
        jars = locked_jars(cache)
        properties = _prepare(home, jars, chosen, controller)
        argv = java.java(jars, "kafka.Kafka", str(properties), flags=java.use_cache(jars))
        super().__init__(
            Program(name="kafka", argv=argv, env=_environment(), cwd=home),
            log=log,
            is_ready=lambda: answers_metadata(self.bootstrap),
        )


def answers_metadata(bootstrap: str) -> bool:
    """Whether the broker names at least one live broker: an open port alone says nothing.

    Source: Kafka protocol guide, Metadata request and response version 4.
    """
    host, _, port = bootstrap.rpartition(":")
    request = struct.pack(">hhihi?", 3, 4, 1, -1, 0, False)
    try:
        with socket.create_connection((host, int(port)), 1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(16, socket.MSG_WAITALL)
    except OSError:
        return False
    if len(answer) < 16:
        return False
    _size, _correlation, _throttle, brokers = struct.unpack(">iiii", answer)
    return bool(brokers > 0)


def make_startup_cache(cache: Path) -> None:
    """Download the jars and record one broker's start, so that every later start is quicker."""
    jars = locked_jars(cache)
    with only_one(cache), tempfile.TemporaryDirectory(prefix="ordersync-kafka-") as scratch:
        if java.use_cache(jars):
            return
        home = Path(scratch)
        port, controller = _ports(None)
        properties = _prepare(home, jars, port, controller)
        argv = java.java(jars, "kafka.Kafka", str(properties), flags=java.make_cache(jars))
        recording = Server(
            Program(name="kafka", argv=argv, env=_environment(), cwd=home, grace_s=120.0),
            log=home / "kafka.log",
            is_ready=lambda: answers_metadata(f"127.0.0.1:{port}"),
        )
        recording.start()
        recording.stop()


def _ports(port: int | None) -> tuple[int, int]:
    if port is None:
        first, second = free_ports(2)
        return first, second
    (controller,) = free_ports(1, port + 1)
    return require_free(port, "kafka"), controller


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"}


def _prepare(home: Path, jars: tuple[Path, ...], port: int, controller: int) -> Path:
    """Write the configuration; format the data folder if it is new."""
    data = home / "data"
    properties = home / "server.properties"
    home.mkdir(parents=True, exist_ok=True)
    properties.write_text(server_properties(data, port, controller))
    if not (data / "meta.properties").exists():
        data.mkdir(exist_ok=True)
        shutil.copyfile(_bootstrap_checkpoint(jars, properties), data / _CHECKPOINT)
        (data / "meta.properties").write_text(_identity(home))
    return properties


def _identity(home: Path) -> str:
    """meta.properties version 1: what `kafka-storage format` writes, for this folder."""
    cluster, directory = (_kafka_id(f"{part}:{home}") for part in ("cluster", "directory"))
    return f"version=1\nnode.id=1\ncluster.id={cluster}\ndirectory.id={directory}\n"


def _kafka_id(name: str) -> str:
    digest = uuid.uuid5(uuid.NAMESPACE_URL, name).bytes
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _bootstrap_checkpoint(jars: tuple[Path, ...], properties: Path) -> Path:
    """The feature levels a new cluster starts with; the same for every folder, so made once."""
    kept = jars[0].parent / _CHECKPOINT
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(dir=jars[0].parent.parent) as scratch:
        text = properties.read_text().splitlines()
        lines = [f"log.dir={scratch}" if line.startswith("log.dir=") else line for line in text]
        config = Path(scratch) / "format.properties"
        config.write_text("\n".join(lines))
        _format(jars, config)
        (Path(scratch) / _CHECKPOINT).replace(kept)
    return kept


def _format(jars: tuple[Path, ...], config: Path) -> None:
    args = ("format", "-t", _kafka_id("template"), "-c", str(config))
    command = java.java(jars, "kafka.tools.StorageTool", *args)
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackFailed(f"Kafka's folder could not be formatted: {reason}")
