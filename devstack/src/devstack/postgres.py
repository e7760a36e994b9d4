"""A real PostgreSQL 18 on this machine, durable as in production, small as in a test."""

import os
import secrets
import signal
import socket
import struct
import subprocess
from pathlib import Path

from devstack.databases import ADMIN_ROLE, Access
from devstack.errors import StackFailed
from devstack.ports import free_ports, require_free
from devstack.postgres_binaries import Installation, install
from devstack.process import Program
from devstack.server import Server

# fsync stays on: what is tested here is that nothing acknowledged is lost.
_SETTINGS = {
    "shared_buffers": "32MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A client hashes the password this many times in Python, for every connection.
    "scram_iterations": "256",
    # No statements and no DETAIL lines in the log: both quote values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class Postgres(Server):
    """One PostgreSQL server on a free port of 127.0.0.1; its data outlive restarts and kill -9.

    `access` says how to reach it. Nobody else on the machine can: passwords are made per server.
    Raises StackFailed, or StackRefused for a port in use.
    """

    def __init__(self, home: Path, *, log: Path, port: int | None = None) -> None:
        chosen = free_ports(1)[0] if port is None else require_free(port, "postgres")
        self._installation = install(home)
        password = secrets.token_urlsafe(24)
        data = _initialise(self._installation, password, chosen)
        admin = f"postgresql://{ADMIN_ROLE}:{password}@127.0.0.1:{chosen}/postgres"
        self.access = Access(admin)
        super().__init__(
            Program(
                name="postgres",
                argv=(str(self._installation.bin / "postgres"), "-D", str(data)),
                env=_environment(),
                cwd=data,
                uid=self._installation.uid,
                # "Fast shutdown": SIGTERM would wait for every client to leave.
                stop_signal=signal.SIGINT,
            ),
            log=log,
            is_ready=lambda: answers_logins(chosen),
        )

    @property
    def home(self) -> Path:
        """The folder with its data: a temporary one when started by root."""
        return self._installation.home

    def discard(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        self._installation.discard()


def answers_logins(port: int) -> bool:
    """Whether the server asks who we are, which it does not while starting up or recovering.

    Source: PostgreSQL 18, "Message Formats": StartupMessage, answered by R (authentication) or E.
    """
    body = struct.pack(">i", 196608) + b"user\0" + ADMIN_ROLE.encode() + b"\0\0"
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0) as connection:
            connection.sendall(struct.pack(">i", len(body) + 4) + body)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _initialise(installation: Installation, password: str, port: int) -> Path:
    data = installation.home / "data"
    key = installation.home / "password"
    key.touch(mode=0o600)
    key.write_text(password)
    data.mkdir(mode=0o700)
    for path in (key, data):
        installation.give(path)
    try:
        _initdb(installation, data, key, port)
    finally:
        key.unlink()
    return data


def _initdb(installation: Installation, data: Path, key: Path, port: int) -> None:
    settings = {**_SETTINGS, "port": str(port)}
    command = [
        *(str(installation.bin / "initdb"), "--pgdata", str(data), "--username", ADMIN_ROLE),
        *("--auth", "scram-sha-256", "--pwfile", str(key), "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--locale", "C", "--builtin-locale", "C.UTF-8"),
        # Only the making of the empty folder goes without fsync; the server itself syncs.
        "--no-sync",
        *(part for name, value in settings.items() for part in ("--set", f"{name}={value}")),
    ]
    done = subprocess.run(
        command,
        env=_environment(),
        cwd=installation.home,
        user=installation.uid,
        group=installation.uid,
        extra_groups=None if installation.uid is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackFailed(f"PostgreSQL's data folder could not be made: {reason}")
