"""Which branches the histories take: of every ``domain.py``, of the jobs and of the webhook paths.

A history runs in a child that leaves by ``os._exit``, so each measured child begins to count and
writes down what it counted itself. Counting slows a history to a third: only a share is measured.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from coverage import Coverage
from coverage.exceptions import NoDataError

from simulation.many import ENOUGH
from simulation.plan import Json, Plan
from simulation.result import Result

ROOT: Final = Path(__file__).parent.parent
LEAST: Final = 0.85
"""Of the branches of each group."""
STOOD_FOR: Final = ("tables.py", "postgres.py", "budget_stores.py", "backlog.py")
"""Of the jobs: SQL and what sends it. Memory doubles stand for them; the suites of both and the
campaign on real processes measure those."""


def groups() -> dict[str, list[Path]]:
    """The files that are measured: by group, of which each has to reach ``LEAST``."""
    jobs = sorted(ROOT.glob("libs/jobs/src/jobs/*.py"))
    webhooks = sorted(ROOT.glob("services/*/src/*/webhooks/*.py"))
    domains = sorted(ROOT.glob("services/*/src/**/domain.py"))
    return {
        **{str(path.relative_to(ROOT)): [path] for path in domains},
        "jobs": [path for path in jobs if path.name not in STOOD_FOR],
        "webhooks": webhooks,
    }


@dataclass(frozen=True, slots=True)
class Covered:
    """``files``: by path below the root, how many branches were taken and how many there are.

    Empty: nothing was measured.
    """

    files: dict[str, tuple[int, int]] = field(default_factory=dict)

    def of(self, group: list[Path]) -> tuple[int, int]:
        """Taken, and there."""
        counts = [self.files.get(str(path.relative_to(ROOT)), (0, 0)) for path in group]
        return sum(taken for taken, _ in counts), sum(there for _, there in counts)

    def lacking(self, histories: int) -> list[str]:
        """The groups below ``LEAST``; nothing as long as the histories are too few to say."""
        if not self.files or histories < ENOUGH:
            return []
        counts = {name: self.of(paths) for name, paths in groups().items()}
        return [
            f"{name}: {taken} of {there} branches were taken"
            for name, (taken, there) in counts.items()
            if taken < LEAST * there
        ]

    def as_json(self) -> dict[str, Json]:
        """By path: taken, there."""
        return {name: list(counts) for name, counts in self.files.items()}

    def text(self) -> str:
        """For a reader: a line per file."""
        return "".join(
            f"{taken:>5} of {there:>4} branches  {name}\n"
            for name, (taken, there) in self.files.items()
        )


@dataclass(frozen=True, slots=True)
class Measure:
    """Children write below ``folder``; one of ``every`` seeds is measured, none when it is 0."""

    folder: Path
    every: int

    def of(self, run: Callable[[Plan], Result]) -> Callable[[Plan], Result]:
        """The same run; in the measured share its branches are counted."""

        def measured(plan: Plan) -> Result:
            if not self.every or plan.seed % self.every:
                return run(plan)
            counting = self._coverage(f".seed-{plan.seed}")
            counting.start()
            try:
                return run(plan)
            finally:
                counting.stop()
                counting.save()

        return measured

    def report(self) -> Covered:
        """Of all children that have ended."""
        kept = sorted(str(path) for path in self.folder.glob("counted.seed-*"))
        if not kept:
            return Covered()
        whole = self._coverage("")
        whole.combine(kept)
        told = self.folder / "told.json"
        try:
            whole.json_report(outfile=str(told))
        except NoDataError:
            return Covered()
        files = json.loads(told.read_text())["files"]
        return Covered({name: _counts(file["summary"]) for name, file in sorted(files.items())})

    def _coverage(self, suffix: str) -> Coverage:
        paths = [str(path) for group in groups().values() for path in group]
        made = Coverage(
            data_file=str(self.folder / f"counted{suffix}"),
            branch=True,
            include=paths,
            config_file=False,
            messages=False,
        )
        # A short history may take none of what is measured.
        made.set_option("run:disable_warnings", ["no-data-collected"])
        return made


def _counts(summary: dict[str, int]) -> tuple[int, int]:
    return summary["covered_branches"], summary["num_branches"]


@contextmanager
def measuring(every: int) -> Iterator[Measure]:
    """What is counted is kept until the block ends."""
    with tempfile.TemporaryDirectory(prefix="simulation-") as folder:
        yield Measure(Path(folder), every)
