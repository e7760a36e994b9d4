"""A whole system in a folder of its own, started as `devstack up` starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tests.system.history import Life, read_lives
from tests.system.raw_orders import Orders
from tests.system.shopify_side import ShopifySide
from tests.system.tiktok_side import TikTokSide
from tests.system.waiting import wait_until

from devstack import process
from devstack.process import Program

BIN = Path(sys.executable).parent
START_LIMIT_S = 150.0
COMMAND_LIMIT_S = 120.0
INHERITED = ("PATH", "HOME", "PYTHONPATH")
"""What the command line gets; its settings come from the folder."""


@dataclass(frozen=True)
class System:
    """A running system; everything in it is reached from here."""

    folder: Path
    summary: Mapping[str, str]
    tiktok: TikTokSide
    shopify: ShopifySide
    make: Orders = field(default_factory=lambda: Orders(580_000_000_000_000_001))

    def ordersync(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the operators' command line in the system's folder."""
        return subprocess.run(
            [str(BIN / "ordersync"), *arguments],
            cwd=self.folder,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_LIMIT_S,
        )

    def order(self, order_id: str) -> dict[str, Any]:
        """What `ordersync order show ID -o json` prints."""
        shown = self.ordersync("order", "show", order_id, "-o", "json")
        assert shown.returncode == 0, shown.stderr
        order: dict[str, Any] = json.loads(shown.stdout)
        return order

    def lives(self, order_ids: Collection[str] | None = None) -> dict[str, Life]:
        """The lives of these orders by id, read from the event store; without ids, of all."""
        return read_lives(self.summary["database"], order_ids)

    def life(self, order_id: str) -> Life:
        """One order's life; that of an order nobody has fetched is empty."""
        return self.lives((order_id,)).get(order_id, Life(order_id))

    def arrive(self, *orders: dict[str, Any]) -> list[str]:
        """Orders arrive in the TikTok shop; their ids."""
        return [order["id"] for order in self.tiktok.post(*orders)]

    def await_status(self, order_id: str, status: str, within_s: float = 30.0) -> Life:
        """The order's life as soon as it has this status."""

        def has_come() -> Life | None:
            life = self.life(order_id)
            return life if life.status == status else None

        return wait_until(has_come, within_s, lambda: f"{status}: {self.life(order_id)}")

    def processes(self) -> dict[str, dict[str, Any]]:
        """What `devstack status --json` says, by name."""
        shown = subprocess.run(
            [str(BIN / "devstack"), "status", "--json"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=COMMAND_LIMIT_S,
        )
        return {program["name"]: program for program in json.loads(shown.stdout)["processes"]}

    def settings(self) -> dict[str, str]:
        """The variables in `.devstack/env`."""
        lines = (self.folder / ".devstack" / "env").read_text().splitlines()
        return {name: text.strip("'") for name, text in (line.split("=", 1) for line in lines)}


@contextmanager
def running_system(folder: Path) -> Iterator[System]:
    """A system of its own while inside; afterwards no process of it is left, or the test fails.

    It is told to stop when the tests' own process dies, however that happens.
    """
    log = folder / "up.log"
    program = Program(
        name="devstack",
        argv=(str(BIN / "devstack"), "up", "--json"),
        env=dict(os.environ),
        cwd=folder,
        grace_s=COMMAND_LIMIT_S,
    )
    supervisor = process.start(program, log)
    try:
        system = _system(folder, _summary(folder, supervisor, log))
        yield system
        system.tiktok.close()
        system.shopify.close()
    finally:
        everyone = _family(supervisor.pid)
        process.end(supervisor, program)
        left = [child for child in everyone if is_alive(child)]
        assert not left, f"left behind: {left}"


def is_alive(process: psutil.Process) -> bool:
    """Whether this very process still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _family(pid: int) -> set[psutil.Process]:
    try:
        return set(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return set()


def _summary(folder: Path, supervisor: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    """The last line of `devstack up --json`, when all is up."""

    def is_up() -> bool:
        assert supervisor.poll() is None, log.read_text()[-2000:]
        return (folder / ".devstack" / "ready.json").exists() and log.read_text().endswith("}\n")

    wait_until(is_up, START_LIMIT_S, lambda: log.read_text()[-2000:])
    summary: dict[str, str] = json.loads(log.read_text().splitlines()[-1])
    return summary


def _system(folder: Path, summary: dict[str, str]) -> System:
    return System(
        folder,
        summary,
        TikTokSide(summary["tiktok"], summary["shop_id"]),
        ShopifySide(summary["shopify"], summary["shopify_domain"]),
    )
