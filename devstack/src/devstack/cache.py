"""Where what was downloaded once stays: outside every stack, shared by all of them."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devstack.errors import StackRefused


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """$ORDERSYNC_CACHE, else `.cache/` of the repository, else `~/.cache/ordersync`."""
    chosen = (os.environ if environ is None else environ).get("ORDERSYNC_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    for folder in Path(__file__).resolve().parents:
        if (folder / "uv.lock").is_file():
            return folder / ".cache"
    return Path.home() / ".cache" / "ordersync"


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, made if need be: two stacks that start at once download once."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as problem:
        raise StackRefused(
            f"the cache folder {folder} cannot be written ({problem.strerror}): "
            "set ORDERSYNC_CACHE to one that can"
        ) from problem
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
