"""The Makefile forgets no folder, no pyproject.toml and no target; no service is forgotten."""

import re
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parents[2]


def words(name: str, makefile: str) -> list[str]:
    found = re.search(rf"^{name} := (.*)$", makefile, re.MULTILINE)
    assert found
    return found[1].split()


def recipe_of(target: str, makefile: str) -> str:
    return makefile.partition(f"\n{target}:")[2].partition("\n\n")[0]


def files_of(folders: list[str]) -> set[Path]:
    return {test for folder in folders for test in (ROOT / folder).rglob("test_*.py")}


def test_the_parts_hold_every_test_of_the_units_once() -> None:
    makefile = (ROOT / "Makefile").read_text()
    parts = [files_of(words(name, makefile)) for name in ("UNIT_1", "UNIT_2", "UNIT_3", "UNIT_4")]
    ours = ["libs", "services", "simulators", "devstack", "tests/simulation"]
    assert set().union(*parts) == files_of(ours)
    assert sum(len(part) for part in parts) == len(set().union(*parts))
    assert ".unit-1 .unit-2 .unit-3 .unit-4" in recipe_of("unit", makefile)


def test_what_is_left_out_of_the_units_is_run_with_the_contracts_and_by_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text()
    crossing = words("CROSSING", makefile)
    assert all((ROOT / path).is_file() for path in crossing)
    assert "$(CROSSING)" in recipe_of("contract", makefile)
    begins, _, _ = recipe_of("test", makefile).partition("##")
    assert "unit" in begins.split()
    assert ".parts .whole" in recipe_of("test", makefile)
    run = recipe_of(".parts", makefile) + recipe_of(".whole", makefile)
    tiers = ("tests/contract", "tests/integration", "tests/e2e", "tests/faults")
    assert [what for what in ("$(CROSSING)", *tiers) if what not in run] == []
    assert "ignore" not in run


def test_what_runs_whole_histories_is_left_out_of_the_units_and_run_by_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text()
    histories = words("HISTORIES", makefile)
    assert all((ROOT / path).is_file() for path in histories)
    assert ".histories" in recipe_of("test", makefile)
    assert "$(HISTORIES)" in recipe_of(".histories", makefile)
    assert "$(HISTORIES)" in recipe_of(".unit-1 .unit-2 .unit-3 .unit-4: .unit-%", makefile)


def watched(makefile: str) -> set[Path]:
    """The pyproject.toml after whose change `make` installs anew."""
    found = re.search(r"^\.venv/\.installed: (.*?) \|", makefile, re.MULTILINE)
    assert found
    patterns = re.sub(r"\$\(wildcard ([^)]*)\)", r"\1", found[1]).split()
    return {path for pattern in patterns for path in ROOT.glob(pattern)}


def test_every_pyproject_is_watched() -> None:
    ours = [path for glob in ("", "*/", "*/*/") for path in ROOT.glob(f"{glob}pyproject.toml")]
    assert len(ours) > 15
    makefile = (ROOT / "Makefile").read_text()
    assert set(ours) - watched(makefile) == set()
    narrowed = makefile.replace("*/pyproject.toml ", "")
    assert ROOT / "simulators/pyproject.toml" in set(ours) - watched(narrowed)


def test_every_service_announces_itself() -> None:
    folders = {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")}
    assert {entry.name for entry in entry_points(group="ordersync.services")} == folders
    compose = (ROOT / "docker-compose.yml").read_text()
    assert [name for name in folders if f"SERVICE: {name}}}" not in compose] == []


def test_help_lists_every_target_with_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    told = set(re.findall(r"^([a-z0-9-]+):.*## \w", makefile, re.MULTILINE))
    assert targets == told
