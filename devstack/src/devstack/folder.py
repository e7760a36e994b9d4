"""The state folder `.devstack/`: where one stack keeps what belongs to it, and its one lock."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import StackRefused
from devstack.records import read_records

SUPERVISOR = "devstack"


@dataclass(frozen=True)
class StateFolder:
    """Paths inside `.devstack/` of one working directory.

    `env`: the settings (0600). `ready`: the summary, once all is up. `logs/NAME.log`, `pids/NAME`.
    `data/`: the servers' data of this run. `elsewhere`: folders outside that belong to this run.
    """

    path: Path

    @property
    def env(self) -> Path:
        """The settings, for the services, `ordersync` and people."""
        return self.path / "env"

    @property
    def ready(self) -> Path:
        """What `up --json` prints; it exists while everything is up."""
        return self.path / "ready.json"

    @property
    def logs(self) -> Path:
        """One file per process, `NAME.log`; kept after `down`."""
        return self.path / "logs"

    @property
    def pids(self) -> Path:
        """One record per process."""
        return self.path / "pids"

    @property
    def data(self) -> Path:
        """The servers' data."""
        return self.path / "data"

    @property
    def elsewhere(self) -> Path:
        """The names of folders outside this one that go with it, one a line."""
        return self.path / "elsewhere"

    def log(self, name: str) -> Path:
        """The log file of this process."""
        return self.logs / f"{name}.log"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder and hold its lock, which the system frees when we die.

        Raises StackRefused when it cannot be written or another stack holds it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as problem:
            raise StackRefused(f"{self.path} cannot be written: {problem.strerror}") from problem
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackRefused(self._taken()) from None
            yield

    def is_held(self) -> bool:
        """Whether a stack runs here now."""
        try:
            with (self.path / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def start_empty(self) -> None:
        """Remove what an earlier run left, its logs too, and make the folders."""
        self.clear()
        for log in self.logs.glob("*.log"):
            # The supervisor's own is being written already.
            if log.stem != SUPERVISOR:
                log.unlink()
        for folder in (self.logs, self.pids, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def clear(self) -> None:
        """Remove everything of a run but its logs."""
        for folder in self._outside():
            shutil.rmtree(folder, ignore_errors=True)
        for folder in (self.pids, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.env, self.ready, self.elsewhere):
            file.unlink(missing_ok=True)

    def keep_track_of(self, folder: Path) -> None:
        """Let this folder go when the stack goes; one inside needs no mention."""
        if not folder.is_relative_to(self.path):
            with self.elsewhere.open("a") as names:
                names.write(f"{folder}\n")

    def _outside(self) -> tuple[Path, ...]:
        if not self.elsewhere.is_file():
            return ()
        return tuple(Path(line) for line in self.elsewhere.read_text().splitlines())

    def _taken(self) -> str:
        pids = [record.pid for record in read_records(self.pids) if record.name == SUPERVISOR]
        who = f" (process {pids[0]})" if pids else ""
        return f"a stack already runs in {self.path}{who}: end it with `devstack down`"


def write_ready(folder: StateFolder, summary: dict[str, str]) -> None:
    """Say that everything is up; readers see the whole summary or none."""
    draft = folder.ready.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(summary))
    draft.replace(folder.ready)
