"""Fetches the peers at bench time into the cache folder; nothing of theirs is ever committed."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

from bench.say import say
from devstack.cache import cache_folder, only_one

_MESSAGE_DB: Final = "@eventide/message-db@1.3.1"
_EVENTSOURCING: Final = ("eventsourcing==9.5.6", "psycopg[binary,pool]==3.3.9", "pydantic_core")


def message_db() -> Path:
    """The folder with message-db's SQL."""
    folder = _folder() / "message-db-1.3.1"
    with only_one(_folder()):
        if not folder.is_dir():
            say(f"fetching {_MESSAGE_DB} from npm")
            packed = _run("npm", "pack", "--silent", _MESSAGE_DB).splitlines()[-1]
            draft = folder.with_suffix(".new")
            with tarfile.open(_folder() / packed) as archive:
                archive.extractall(draft, filter="data")
            draft.rename(folder)
    return folder / "package" / "database"


def eventsourcing_python() -> Path:
    """The interpreter of a virtual environment that has ``eventsourcing`` and nothing of ours."""
    folder = _folder() / "eventsourcing-9.5.6"
    python = folder / "bin" / "python"
    with only_one(_folder()):
        if not (folder / "ready").is_file():
            say(f"fetching {_EVENTSOURCING[0]} from PyPI")
            _run(sys.executable, "-m", "venv", "--clear", str(folder))
            _run(str(python), "-m", "pip", "install", "--quiet", "--no-input", *_EVENTSOURCING)
            (folder / "ready").touch()
    return python


def _folder() -> Path:
    folder = cache_folder(os.environ) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run(*command: str) -> str:
    """Its output; whatever it says on failure is the error."""
    done = subprocess.run(
        command, cwd=_folder(), capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
