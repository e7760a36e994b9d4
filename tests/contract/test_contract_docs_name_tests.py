"""Where a page names the test that proves something, there is such a test."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("libs", "services", "simulators", "devstack", "tests")


def missing(page: str, tests: Iterable[str]) -> set[str]:
    """The tests that a page names and nobody wrote."""
    return set(re.findall(r"`(test_\w+)`", page)) - set(tests)


@pytest.fixture(scope="module")
def tests() -> frozenset[str]:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("test_*.py")]
    return frozenset(
        name for path in files for name in re.findall(r"def (test_\w+)\(", path.read_text())
    )


def test_every_test_that_the_docs_name_exists(tests: frozenset[str]) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert missing(page.read_text(), tests) == set(), page.name


def test_a_test_that_is_gone_is_noticed(tests: frozenset[str]) -> None:
    assert missing("| promise | `test_that_is_gone` |", tests) == {"test_that_is_gone"}
