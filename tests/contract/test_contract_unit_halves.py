"""`make unit` runs the folders in two halves; none of them is forgotten."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def words(name: str, makefile: str) -> list[str]:
    found = re.search(rf"^{name} := (.*)$", makefile, re.MULTILINE)
    assert found
    return found[1].split()


def files_of(folders: list[str]) -> set[Path]:
    return {test for folder in folders for test in (ROOT / folder).rglob("test_*.py")}


def test_the_two_halves_hold_every_test_of_the_units_once() -> None:
    makefile = (ROOT / "Makefile").read_text()
    first, second = (files_of(words(name, makefile)) for name in ("UNIT_1", "UNIT_2"))
    assert first | second == files_of(words("UNIT", makefile))
    assert not first & second


def test_what_is_left_out_of_the_units_is_run_with_the_contracts_and_by_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text()
    crossing = words("CROSSING", makefile)
    assert all((ROOT / one).is_file() for one in crossing)
    recipe = makefile.partition("\ncontract:")[2].partition("\n\n")[0]
    assert "$(CROSSING)" in recipe
    all_tests = makefile.partition("\ntest:")[2].partition("\n\n")[0]
    assert "$(UNIT)" in all_tests
    assert "ignore" not in all_tests
