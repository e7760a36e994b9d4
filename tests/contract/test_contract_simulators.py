"""What the simulators claim of the real platforms has a source and a test (docs/simulators.md)."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/simulators.md"
TESTS = ROOT / "simulators/tests"
RECORDING = re.compile(r"`[HB]/20\d\d-\d\d/[a-z-]+/[\w-]+\.json`")
ASSUMED = "not shown: assumed because "
PUBLISHED = ("Partner Center: ", "published ")
HELD_BY = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


class Claim(NamedTuple):
    """A row of the page."""

    section: str
    behaviour: str
    source: str
    held_by: str


def claims(page: str) -> list[Claim]:
    found, section = [], ""
    for line in page.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| behaviour "):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            found.append(Claim(section, *cells))
    return found


@cache
def written_in(name: str) -> frozenset[str]:
    paths = list(TESTS.rglob(name))
    text = paths[0].read_text(encoding="utf-8") if paths else ""
    return frozenset(re.findall(r"def (test_\w+)\(", text))


def faults(claim: Claim) -> list[str]:
    """What is wrong with a row."""
    found = []
    if not is_sourced(claim):
        found.append(f"{claim.behaviour}: no recording, no page, no reason")
    held = HELD_BY.fullmatch(claim.held_by)
    if held is None or held[2] not in written_in(held[1]):
        found.append(f"{claim.behaviour}: held by no test")
    return found


def is_sourced(claim: Claim) -> bool:
    if claim.source.startswith(ASSUMED):
        return len(claim.source) > len(ASSUMED)
    if claim.section.startswith("TikTok"):
        return claim.source.startswith(PUBLISHED)
    return bool(RECORDING.match(claim.source))


def test_every_claim_has_a_source_and_a_test() -> None:
    rows = claims(PAGE.read_text(encoding="utf-8"))
    assert len(rows) > 80
    assert [fault for row in rows for fault in faults(row)] == []


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("| a | everybody knows | `test_faults.py::test_no_rules_hit_nothing` |", "no recording"),
        (
            f"| a | {ASSUMED.strip()} | `test_faults.py::test_no_rules_hit_nothing` |",
            "no recording",
        ),
        ("| a | `H/2026-04/orders/x.json` | `test_faults.py::test_gone` |", "held by no test"),
        ("| a | `H/2026-04/orders/x.json` | `test_gone.py::test_gone` |", "held by no test"),
    ],
)
def test_a_claim_without_one_is_found(row: str, says: str) -> None:
    (claim,) = claims(f"## Shopify: orders\n{row}")
    (fault,) = faults(claim)
    assert says in fault
