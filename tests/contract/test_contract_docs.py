"""The documents are true where a machine can tell: what they name exists, decisions are whole."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = (
    *("libs", "services", "simulators", "simulation", "devstack"),
    *("tests", "bench", "deploy", "docs", ".ci"),
)
DECISIONS = ROOT / "docs/decisions"
DECISION_PARTS = ("**Decision.** ", "**Enforced by** ")
PATH = re.compile(
    rf"({'|'.join(map(re.escape, CODE))})/[\w./-]*|[\w./-]+\.(py|sql|graphql|html|md)"
)
MODULE = re.compile(r"[a-z_]+(\.\w+)+")


@cache
def files() -> tuple[Path, ...]:
    found = [path for folder in CODE for path in (ROOT / folder).rglob("*")]
    return (*found, *ROOT.glob("*"))


@cache
def packages() -> dict[str, Path]:
    return {path.name: path for path in ROOT.glob("*/*/src/*") if path.is_dir()} | {
        path.name: path for path in ROOT.glob("*/src/*") if path.is_dir()
    }


@cache
def text_of(package: str, suffix: str) -> str:
    paths = packages()[package].rglob(f"*.{suffix}")
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@cache
def written_tests() -> frozenset[str]:
    paths = [
        path
        for path in files()
        if path.name.startswith(("test_", "suite_")) and path.suffix == ".py"
    ]
    found = (re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8")) for path in paths)
    return frozenset(name for names in found for name in names)


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]


def missing(page: str) -> set[str]:
    """The tests, files and modules that a page names in backquotes and that are not there."""
    found = set()
    for named in re.findall(r"`([^`\s]+)`", page):
        if re.fullmatch(r"test_\w+", named):
            is_there = named in written_tests()
        elif PATH.fullmatch(named):
            is_there = is_file(named)
        elif MODULE.fullmatch(named) and named.partition(".")[0] in packages():
            is_there = is_code(named)
        else:
            continue
        if not is_there:
            found.add(named)
    return found


def is_file(named: str) -> bool:
    """Whether some path is this one or ends with it."""
    parts = Path(named).parts
    return any(path.parts[-len(parts) :] == parts for path in files())


def is_code(named: str) -> bool:
    """Whether it is a module, something that a module defines, or a table of the package."""
    package, *names = named.split(".")
    place = packages()[package]
    while names and (place / names[0]).is_dir():
        place /= names.pop(0)
    if not names:
        return True
    module = place / f"{names[0]}.py"
    if module.is_file():
        names.pop(0)
        return says(module.read_text(encoding="utf-8"), *names)
    table = ".".join(named.split(".")[:2])
    init = place / "__init__.py"
    return says(init.read_text(encoding="utf-8"), *names) or says(
        text_of(package, "sql"), table, *names[1:]
    )


def says(text: str, *names: str) -> bool:
    return all(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    assert missing(page.read_text(encoding="utf-8")) == set()


def test_what_is_gone_is_noticed() -> None:
    there = "`test_what_is_gone_is_noticed` `libs/mapping` `retries.py` `runtime.clock.Clock`"
    assert missing(there) == set()
    gone = {"test_that_is_gone", "libs/gone/", "polling/gone.py", "runtime.clock.Gone", "jobs.gone"}
    assert missing(there + "".join(f" `{name}`" for name in gone)) == gone


def unlisted(init: Path) -> Iterator[str]:
    """The modules that a package's docstring lists and that are not in it."""
    said = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    for line in re.findall(r"^- ((?:``\w+``,? ?(?:and )?)+)", said, re.MULTILINE):
        for name in re.findall(r"``(\w+)``", line):
            if not (init.parent / f"{name}.py").is_file() and not (init.parent / name).is_dir():
                yield f"{init.parent.name}: {name}"


def test_the_modules_that_a_package_lists_are_in_it() -> None:
    inits = [path for place in packages().values() for path in place.rglob("__init__.py")]
    assert [name for init in inits for name in unlisted(init)] == []


def test_a_listed_module_that_is_gone_is_noticed(tmp_path: Path) -> None:
    init = tmp_path / "__init__.py"
    init.write_text('"""Sums.\n\n- ``total``, ``gone``  what they are\n"""\n')
    (tmp_path / "total.py").touch()
    assert list(unlisted(init)) == [f"{tmp_path.name}: gone"]


def test_the_architecture_names_every_library() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in ROOT.glob("libs/*/pyproject.toml")}
    assert set(re.findall(r"^libs/(\w+) ", page, re.MULTILINE)) == folders


def incomplete(text: str) -> list[str]:
    """The parts that a decision lacks."""
    lacks = [part for part in DECISION_PARTS if f"\n{part}" not in text]
    has_why = any(f"\n**{part}.** " in text for part in ("Why", "Consequences"))
    return lacks if has_why else [*lacks, "**Why.** or **Consequences.**"]


def unreferenced(decisions: list[Path], sources: list[str]) -> list[str]:
    """The decisions that nothing outside refers to, as docs/decisions/NNNN or decision NNNN."""
    told = {number for text in sources for number in re.findall(r"decisions?[/ ](\d{4})\b", text)}
    return [path.name for path in decisions if path.name[:4] not in told]


def test_every_decision_says_what_why_and_what_enforces_it() -> None:
    for path in sorted(DECISIONS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {path.name[:4]} [A-Z]", text), path.name
        assert incomplete(text) == [], path.name


def test_every_decision_is_referred_to_by_what_it_explains() -> None:
    suffixes = {".py", ".md", ".sql", ".toml", ".html"}
    sources = [
        path.read_text(encoding="utf-8")
        for path in files()
        if path.suffix in suffixes and DECISIONS not in path.parents and path.is_file()
    ]
    assert unreferenced(sorted(DECISIONS.glob("*.md")), sources) == []


def undeclared(decision: str, *pyprojects: str) -> set[str]:
    """The packages that others wrote, that are depended on and that the decision does not name."""
    declared = {
        re.split(r"[\[<>=]", requirement)[0]
        for text in pyprojects
        for project in [tomllib.loads(text)]
        for group in [
            project["project"].get("dependencies", []),
            *project.get("dependency-groups", {}).values(),
        ]
        for requirement in group
    }
    named = set(re.findall(r"[\w-]+", decision))
    return {name for name in declared - named if not name.startswith("ordersync-")}


def test_every_dependency_is_named_with_its_reason() -> None:
    decision = (DECISIONS / "0006-dependencies.md").read_text(encoding="utf-8")
    pyprojects = [
        path for glob in ("", "*/", "*/*/") for path in ROOT.glob(f"{glob}pyproject.toml")
    ]
    texts = [path.read_text(encoding="utf-8") for path in pyprojects]
    assert undeclared(decision, *texts) == set()
    planted = '[project]\ndependencies = ["pydantic>=2", "requests[socks]>=2", "ordersync-vault"]\n'
    assert undeclared(decision, planted) == {"requests"}


def test_a_decision_that_lacks_something_is_noticed() -> None:
    assert incomplete("# 0099 It\n\n**Decision.** So.\n\n**Why.** It is.\n") == ["**Enforced by** "]
    assert len(incomplete("# 0099 It\n\nBecause.\n")) == 3
    decision = Path("0099-it.md")
    assert unreferenced([decision], ["see 0099"]) == ["0099-it.md"]
    assert unreferenced([decision], ["([0099](decisions/0099-it.md))"]) == []
