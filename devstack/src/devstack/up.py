"""Bringing a stack up, step by step, and keeping it up until told to stop."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devstack import backends
from devstack.down import end_orphans
from devstack.folder import SUPERVISOR, StateFolder, write_ready
from devstack.ports import free_ports, require_free
from devstack.process import Program
from devstack.programs import SERVICES, connecting, migrating, services, simulators
from devstack.records import record_of, write_record
from devstack.settings import StackSettings, new_secret, tunable, write_env
from devstack.signals import Stopped, stopped_by_signals
from devstack.stack_servers import StackServers, given_servers, native_servers
from devstack.supervisor import Supervisor

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What a person chose; a port that is None is any free one."""

    with_services: bool = True
    kafka_port: int | None = None
    postgres_port: int | None = None
    tiktok_port: int | None = None
    shopify_port: int | None = None
    console_port: int | None = None


def run(
    folder: StateFolder,
    options: Options,
    environ: Mapping[str, str],
    *,
    announce: Announce,
    on_ready: Callable[[dict[str, str]], None],
) -> None:
    """Run a whole stack from empty data until a signal; then nothing of it is left but logs.

    Raises StackRefused when another runs in this folder, a port is taken or the folder cannot be
    written; StackFailed when a part does not start.
    """
    with folder.held(), stopped_by_signals() as no_more_signals:
        end_orphans(folder)
        folder.start_empty()
        write_record(folder.pids, record_of(_ourselves(), os.getpid(), "running", 0))
        stack = _Stack(folder, options, environ, announce)
        try:
            summary = stack.bring_up()
            write_ready(folder, summary)
            on_ready(summary)
            stack.keep_up()
        except Stopped:
            announce("stopping")
        finally:
            no_more_signals()
            stack.close()
            folder.clear()


class _Stack:
    """One run's parts."""

    def __init__(
        self, folder: StateFolder, options: Options, environ: Mapping[str, str], announce: Announce
    ) -> None:
        self._folder = folder
        self._options = options
        self._environ = environ
        self._announce = announce
        self._supervisor = Supervisor(folder)
        self._servers: StackServers | None = None

    def bring_up(self) -> dict[str, str]:
        """Start everything in order and return the summary when all of it is ready."""
        fixed = self._ports()
        servers = self._servers = self._start_servers()
        settings = self._settings(servers, fixed)
        self._supervisor.launch(simulators(settings, self._environ))
        self._supervisor.await_ready()
        self._announce(f"Kafka {settings.kafka} and PostgreSQL are ready, and both simulators")
        asyncio.run(servers.create_database())
        write_env(self._folder.env, settings.admin_environment())
        if self._options.with_services:
            self._start_services(settings)
        return settings.summary()

    def keep_up(self) -> None:
        """Start again what dies, for ever."""
        while True:
            self._supervisor.wait()

    def close(self) -> None:
        """End all processes, the newest first, and what the servers keep elsewhere."""
        self._supervisor.stop()
        if self._servers is not None:
            self._servers.close()

    def _ports(self) -> tuple[int, int, int]:
        """TikTok, Shopify and console, before anything is started."""
        options = self._options
        ports = {
            "the TikTok simulator": options.tiktok_port,
            "the Shopify simulator": options.shopify_port,
            "the console": options.console_port,
        }
        tiktok, shopify, console = (
            free_ports(1)[0] if port is None else require_free(port, who)
            for who, port in ports.items()
        )
        return tiktok, shopify, console

    def _start_servers(self) -> StackServers:
        if backends.choose(self._environ) != "native":
            return given_servers(backends.servers(self._environ))
        return native_servers(
            self._folder,
            self._supervisor,
            kafka_port=self._options.kafka_port,
            postgres_port=self._options.postgres_port,
        )

    def _settings(self, servers: StackServers, ports: tuple[int, int, int]) -> StackSettings:
        tiktok, shopify, console = ports
        return StackSettings(
            kafka=servers.kafka,
            database=servers.database,
            topic_prefix=servers.topic_prefix,
            tiktok_port=tiktok,
            shopify_port=shopify,
            console_port=console,
            tiktok_webhook_port=free_ports(1)[0],
            shopify_webhook_port=free_ports(1)[0],
            tiktok_app_secret=new_secret(),
            vault_key=new_secret(),
            tunable=tunable(self._environ),
        )

    def _start_services(self, settings: StackSettings) -> None:
        self._supervisor.run_once(migrating(settings, self._environ))
        self._supervisor.run_once(connecting(settings, self._environ))
        self._announce("tables and topics are there, the demo shop is connected")
        health = free_ports(len(SERVICES))
        self._supervisor.launch(services(settings, self._environ, health))
        self._supervisor.await_ready()
        self._announce("all services are ready")


def _ourselves() -> Program:
    return Program(name=SUPERVISOR, argv=(sys.orig_argv[0],), env={})
