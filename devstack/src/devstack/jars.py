"""Kafka's jars: resolved from Maven Central once, and exactly the ones in `jars.lock`.

`uv.lock` does not cover jars, so `jars.lock` keeps name and sha256 of each. To move to another
Kafka version: change VERSION and run `python -m devstack.jars`, which writes the lock anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from devstack.cache import cache_folder, only_one
from devstack.errors import StackFailed

VERSION = "4.3.1"
LOCK = Path(__file__).with_name("jars.lock")
# Without an slf4j back-end on the class path the broker runs mute.
_COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{VERSION}"
    f"+org.apache.kafka:kafka-tools:{VERSION}"
    "+org.slf4j:slf4j-simple:1.7.36"
)
# jgo asks by `requests.request`, which opens a connection and reads the certificates each time:
# with one session for its two hundred requests it takes 8 s instead of 35 s.
_RESOLVE = """
import sys, requests
requests.request = requests.Session().request
import jgo, jgo.maven
built = jgo.build(sys.argv[1], cache_dir=sys.argv[2], resolver=jgo.maven.PythonResolver())
print(*built.all_jars, sep="\\n")
"""


class JarMismatch(StackFailed):
    """A jar is not the one that was locked."""


def locked_jars(cache: Path, lock: Path = LOCK) -> tuple[Path, ...]:
    """The jars of `lock`, sorted by name, from the cache; the first time they are downloaded.

    Raises JarMismatch naming the jar that differs, StackFailed when they cannot be resolved.
    """
    locked = read_lock(lock)
    folder = cache / f"kafka-{VERSION}-{_digest(lock)[:12]}"
    with only_one(cache):
        if not folder.is_dir():
            _fill(folder, locked)
    return tuple(folder / name for name in sorted(locked))


def read_lock(lock: Path) -> dict[str, str]:
    """File name → sha256, as `sha256sum` writes them."""
    lines = (line.split() for line in lock.read_text().splitlines())
    return {name: digest for digest, name in lines}


def write_lock(lock: Path, jars: Iterable[Path]) -> None:
    """Lock these jars."""
    rows = sorted((jar.name, _digest(jar)) for jar in jars)
    lock.write_text("".join(f"{digest}  {name}\n" for name, digest in rows))


def check(jars: Iterable[Path], locked: Mapping[str, str]) -> None:
    """Raise JarMismatch naming a jar that is missing, unknown or altered."""
    found = {jar.name: _digest(jar) for jar in jars}
    for name in sorted(locked.keys() | found.keys()):
        if found.get(name) != locked.get(name):
            problem = _mismatch(name, found, locked)
            raise JarMismatch(f"{problem}: remove the cache folder, or check jars.lock")


def resolve(folder: Path) -> tuple[Path, ...]:
    """Resolve the jars below `folder`, which also stands in for HOME: the resolver writes there."""
    found = subprocess.run(
        [sys.executable, "-c", _RESOLVE, _COORDINATES, str(folder)],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        reason = (found.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackFailed(f"Kafka {VERSION} could not be fetched from Maven Central: {reason}")
    return tuple(Path(line) for line in found.stdout.splitlines() if line.endswith(".jar"))


def _fill(folder: Path, locked: Mapping[str, str]) -> None:
    """Move the checked jars into place in one step: the folder exists whole or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="resolving-") as scratch:
        jars = resolve(Path(scratch))
        check(jars, locked)
        flat = Path(scratch) / "jars"
        flat.mkdir()
        for jar in jars:
            shutil.copyfile(jar, flat / jar.name)
        flat.rename(folder)


def _mismatch(name: str, found: Mapping[str, str], locked: Mapping[str, str]) -> str:
    if name not in found:
        return f"{name} is in jars.lock but was not resolved"
    if name not in locked:
        return f"{name} was resolved but is not in jars.lock"
    return f"{name} has sha256 {found[name]}, jars.lock says {locked[name]}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _relock() -> None:
    with tempfile.TemporaryDirectory(dir=cache_folder().parent) as scratch:
        write_lock(LOCK, resolve(Path(scratch)))


if __name__ == "__main__":
    _relock()
