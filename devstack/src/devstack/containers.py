"""Kafka and PostgreSQL as containers, for who prefers them: `DEVSTACK_BACKEND=docker`.

Type-checked, but not part of the tested stack: the native one is the same on every machine.
"""

import secrets
import subprocess
import time
from collections.abc import Callable
from typing import cast

from testcontainers.core.container import DockerContainer

from devstack.databases import ADMIN_ROLE, Access
from devstack.errors import StackFailed
from devstack.kafka import answers_metadata
from devstack.kafka_config import broker_settings
from devstack.ports import free_ports
from devstack.postgres import answers_logins

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
_READY_WITHIN_S = 120.0


class ContainerServers:
    """Both servers as containers on free ports of 127.0.0.1, each started when first asked for."""

    def __init__(self) -> None:
        self._running: list[DockerContainer] = []
        self._bootstrap: str | None = None
        self._access: Access | None = None

    @property
    def kafka(self) -> str:
        """The broker's host:port. Raises StackFailed when no container engine answers."""
        if self._bootstrap is None:
            port, controller = free_ports(2)
            bootstrap = f"127.0.0.1:{port}"
            settings = broker_settings(port, controller, listen="0.0.0.0")  # noqa: S104 - inside
            names = {_variable(key): value for key, value in settings.items()}
            container = _pulled(KAFKA_IMAGE).with_envs(**names)
            self._start(container, port, port, lambda: answers_metadata(bootstrap))
            self._bootstrap = bootstrap
        return self._bootstrap

    @property
    def postgres(self) -> Access:
        """How to reach PostgreSQL. Raises StackFailed when no container engine answers."""
        if self._access is None:
            (port,) = free_ports(1)
            password = secrets.token_urlsafe(24)
            container = _pulled(POSTGRES_IMAGE).with_env("POSTGRES_PASSWORD", password)
            container = container.with_command("-c max_connections=200 -c scram_iterations=256")
            self._start(container, 5432, port, lambda: answers_logins(port))
            self._access = Access(f"postgresql://{ADMIN_ROLE}:{password}@127.0.0.1:{port}/postgres")
        return self._access

    def stop(self) -> None:
        """Remove the containers with their data."""
        while self._running:
            self._running.pop().stop()

    def _start(
        self, container: DockerContainer, inside: int, port: int, is_ready: Callable[[], bool]
    ) -> None:
        # The annotation knows ports only; the Docker SDK also takes (address, port), and without
        # an address the server would be open to the network.
        container.ports[str(inside)] = cast("int", ("127.0.0.1", port))
        self._running.append(container.start())
        deadline = time.monotonic() + _READY_WITHIN_S
        while not is_ready():
            if time.monotonic() > deadline:
                raise StackFailed(f"{container.image} was not ready in {_READY_WITHIN_S:.0f} s")
            time.sleep(0.1)


def _pulled(image: str) -> DockerContainer:
    """The image as a container not yet started; StackFailed says what the engine said."""
    try:
        done = subprocess.run(
            ["docker", "pull", "--quiet", image], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise StackFailed("DEVSTACK_BACKEND=docker needs the docker command on PATH") from None
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackFailed(f"docker could not pull {image}: {reason}")
    return DockerContainer(image)


def _variable(key: str) -> str:
    """The variable by which the apache/kafka image takes a key of server.properties."""
    return "KAFKA_" + key.upper().replace(".", "_")
