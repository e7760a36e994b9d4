"""What a tag contains is promised: CI compares today's schemas with the newest tag's."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CHECK = ROOT / ".ci" / "check-released"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"order_id": {"type": "string"}, "total": {"type": "string"}},
    "required": ["order_id"],
}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
AUTHOR = ("-c", "user.name=test", "-c", "user.email=test@example.com")


class Repository:
    """A made-up repository with one schema."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schemas = folder / "libs" / "contracts" / "schemas"
        self.schemas.mkdir(parents=True)
        self.git("init", "--quiet")
        self.write(SCHEMA)

    def git(self, *arguments: str) -> None:
        subprocess.run(
            ["git", *AUTHOR, *arguments],
            cwd=self.folder,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
        )

    def write(self, schema: dict[str, Any], version: int = 1) -> None:
        (self.schemas / f"OrderFetched.v{version}.json").write_text(json.dumps(schema))

    def release(self, *tags: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-gpg-sign", "--allow-empty", "-m", "released")
        for tag in tags:
            self.git("tag", tag)

    def check(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CHECK, sys.executable],
            cwd=self.folder,
            env=ENVIRONMENT,
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def without(name: str) -> dict[str, Any]:
    kept = {field: what for field, what in SCHEMA["properties"].items() if field != name}
    return {**SCHEMA, "properties": kept}


def test_without_a_tag_there_is_nothing_to_compare_and_that_is_said(
    repository: Repository,
) -> None:
    repository.release()
    result = repository.check()
    assert result.returncode == 0
    assert "no tag v* here" in result.stdout


def test_what_breaks_the_tagged_schema_is_refused_with_what_to_do(repository: Repository) -> None:
    repository.release("v0.1.0")
    repository.write(without("total"))
    result = repository.check()
    assert result.returncode == 1
    assert "OrderFetched.v1: data.total: the field is gone" in result.stderr
    assert "make it a new version with an upcaster" in result.stderr


def test_a_tagged_schema_may_not_go(repository: Repository) -> None:
    repository.release("v0.1.0")
    (repository.schemas / "OrderFetched.v1.json").unlink()
    assert "OrderFetched.v1: the schema is gone" in repository.check().stderr


def optional_field(repository: Repository) -> None:
    more = {**SCHEMA["properties"], "gift": {"type": "boolean", "default": False}}
    repository.write({**SCHEMA, "properties": more})


def version_beside_it(repository: Repository) -> None:
    repository.write(without("total"), version=2)


@pytest.mark.parametrize(
    "change", [optional_field, version_beside_it], ids=lambda change: change.__name__
)
def test_what_keeps_the_promise_passes(
    repository: Repository, change: Callable[[Repository], None]
) -> None:
    repository.release("v0.1.0")
    change(repository)
    result = repository.check()
    assert (result.returncode, result.stderr) == (0, "")
    assert "keep what v0.1.0 promised" in result.stdout


def test_the_newest_tag_counts_and_a_candidate_is_older_than_its_release(
    repository: Repository,
) -> None:
    repository.release("v0.9.0", "v0.10.0-rc1", "not-a-version")
    repository.write(without("total"))
    repository.release("v0.10.0")
    assert "keep what v0.10.0 promised" in repository.check().stdout


def test_ci_runs_the_comparison() -> None:
    makefile = (ROOT / "Makefile").read_text()
    target = makefile.partition("\ncheck-generated:")[2].partition("\n\n")[0]
    assert ".ci/check-released" in target
    assert "check-generated" in makefile.partition("\nall:")[2].partition("\n")[0]
