"""Which source files are changed, and the tests that must notice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

WHOLE: Final = ("libs/mapping", "libs/lifecycle", "libs/eventstore", "libs/jobs")
"""Folders of which every module is changed; of services it is what decides: ``domain.py``."""

ON_POSTGRES: Final = frozenset(
    {
        "libs/eventstore/src/eventstore/audit.py",
        "libs/eventstore/src/eventstore/held.py",
        "libs/eventstore/src/eventstore/postgres.py",
        "libs/eventstore/src/eventstore/rows.py",
        "libs/eventstore/src/eventstore/statements.py",
        "libs/eventstore/src/eventstore/stored.py",
        "libs/eventstore/src/eventstore/tables.py",
        "libs/jobs/src/jobs/backlog.py",
        "libs/jobs/src/jobs/budget_stores.py",
        "libs/jobs/src/jobs/owner.py",
        "libs/jobs/src/jobs/postgres.py",
        "libs/jobs/src/jobs/tables.py",
    }
)
"""Left out: their tests need a real PostgreSQL (tests/integration), seconds for each mutant."""


@dataclass(frozen=True, order=True)
class Target:
    """A file that is changed, the module it is, and the folder whose tests are run."""

    path: str
    module: str
    tests: str


def targets() -> tuple[Target, ...]:
    """All of them, always in the same order."""
    return tuple(sorted((*_of_libraries(), *_of_services())))


def _of_libraries() -> Iterator[Target]:
    for folder in WHOLE:
        for path in (ROOT / folder / "src").rglob("*.py"):
            target = _target(path, folder)
            if target.path not in ON_POSTGRES:
                yield target


def _of_services() -> Iterator[Target]:
    for path in ROOT.glob("services/*/src/**/domain.py"):
        yield _target(path, "/".join(path.relative_to(ROOT).parts[:2]))


def _target(path: Path, folder: str) -> Target:
    inside = path.relative_to(ROOT / folder / "src").with_suffix("")
    parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
    return Target(str(path.relative_to(ROOT)), ".".join(parts), folder)
