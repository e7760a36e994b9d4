"""Every import contract of ``.importlinter`` holds, and refuses an input made to break it."""

import ast
import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".importlinter"
LINT = Path(sys.executable).with_name("lint-imports")

BROKEN_BY: dict[str, tuple[str, str]] = {
    "Domain modules do no IO": ("mapper/domain.py", "import asyncio"),
    "Modules that say they are pure do no IO": ("shopify/wire.py", "import httpx"),
    "Contracts import nothing of ours": ("ordersync_contracts/events.py", "import tiktok"),
    "The runtime and the command line's library know nothing about orders": (
        "runtime/logs.py",
        "import ordersync_contracts",
    ),
    "The clients of TikTok Shop and Shopify know no contracts": (
        "tiktok/orders.py",
        "from ordersync_contracts import events",
    ),
    "The two clients never import one another": ("shopify/orders.py", "import tiktok"),
    "The four shared stores never import one another": (
        "jobs/postgres.py",
        "import vault.postgres",
    ),
    "Services never import one another": ("fetcher/app.py", "from mapper import tables"),
    "Libraries know no service": ("shopify_jobs/retries.py", "import shopify_writer"),
    "Only the services that perform jobs in a Shopify store know how": (
        "connections/opening.py",
        "from shopify_jobs import retries",
    ),
    "Only the shared stores, the runtime and a service's tables speak asyncpg": (
        "mapper/app.py",
        "import asyncpg",
    ),
    "Only the relay publishes, and the command line for replays": (
        "fetcher/app.py",
        "from runtime import publisher",
    ),
    "Simulators share nothing with the rest": ("simulators/tiktok.py", "import tiktok"),
    "What ships knows neither simulators nor devstack": ("console/app.py", "import devstack"),
    "The simulation's judge shares no code with what it judges": (
        "simulation/judge/cents.py",
        "from mapping import amounts",
    ),
}
MORE: list[tuple[str, str, str]] = [
    ("Domain modules do no IO", "mapping/draft.py", "import httpx"),
    ("Modules that say they are pure do no IO", "mapping/lines.py", "import time"),
    ("Domain modules do no IO", "fetcher/domain.py", "from runtime import logs"),
    ("Domain modules do no IO", "lifecycle/order.py", "from eventstore import postgres"),
    (
        "Simulators share nothing with the rest",
        "simulators/shopify.py",
        "import ordersync_contracts.events",
    ),
    ("What ships knows neither simulators nor devstack", "tiktok/a.py", "import simulators"),
]


SAYS_PURE = re.compile(r"\bpure\b", re.IGNORECASE)


def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
    parser.read(CONFIG)
    return parser


def entries(section: str, option: str) -> list[str]:
    return settings()[section][option].split("\n")[1:]


def contract_names() -> list[str]:
    parser = settings()
    return [parser[section]["name"] for section in parser.sections() if section.count(":") == 2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Empty packages of all our names, with the imports that the configuration lets through."""
    for package in entries("importlinter", "root_packages"):
        plant(tmp_path, f"{package}/__init__.py", "")
    plant(tmp_path, "vault/postgres.py", "")
    plant(tmp_path, "simulation/judge/world.py", "")
    plant(tmp_path, "runtime/publisher.py", "")
    for entry in entries("importlinter:contract:sql", "ignore_imports"):
        module = entry.partition(" -> ")[0].replace("**", "postgres").replace("*", "console")
        if module != "console.tables":
            plant(tmp_path, f"{module.replace('.', '/')}.py", "import asyncpg")
    for module in entries("importlinter:contract:pure", "source_modules"):
        if "." in module:
            plant(tmp_path, f"{module.replace('*', 'mapper').replace('.', '/')}.py", "")
    plant(tmp_path, "runtime/randomness.py", "")
    plant(tmp_path, "runtime/backoff.py", "import runtime.randomness")
    plant(tmp_path, "mapper/tables.py", "import asyncpg")
    return tmp_path


def plant(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in target.parent.relative_to(root).parents[:-1] or ():
        (root / folder / "__init__.py").touch()
    (target.parent / "__init__.py").touch()
    with target.open("a") as file:
        file.write(f"{text}\n")


def lint(root: Path | None = None) -> str:
    """What import-linter says; of the packages below ``root``, or of ours."""
    path = {} if root is None else {"PYTHONPATH": str(root)}
    run: subprocess.CompletedProcess[str] = subprocess.run(
        [str(LINT), str(CONFIG), "--no-cache", "--no-logo"],
        cwd=root or ROOT,
        env={**os.environ, **path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return run.stdout + run.stderr


def test_our_imports_keep_every_contract() -> None:
    said = lint()
    assert f"Contracts: {len(contract_names())} kept, 0 broken." in said, said


def test_a_tree_without_a_plant_keeps_every_contract(tree: Path) -> None:
    said = lint(tree)
    assert f"Contracts: {len(contract_names())} kept, 0 broken." in said, said


def test_every_contract_is_a_whole_sentence_with_an_input_it_refuses() -> None:
    assert sorted(contract_names()) == sorted(BROKEN_BY)
    assert all(name[0].isupper() and name.count(" ") >= 3 for name in BROKEN_BY)


@pytest.mark.parametrize(
    ("contract", "path", "text"),
    [(name, *planted) for name, planted in BROKEN_BY.items()] + MORE,
)
def test_a_contract_refuses_what_breaks_it(tree: Path, contract: str, path: str, text: str) -> None:
    plant(tree, path, text)
    said = lint(tree)
    assert f"{contract} BROKEN" in said, said


def pure_modules(root: Path) -> set[str]:
    """The modules that say they are pure; a package by its docstring's first paragraph."""
    found = set()
    for path in [*root.glob("libs/*/src/**/*.py"), *root.glob("services/*/src/**/*.py")]:
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        is_package = path.stem == "__init__"
        if SAYS_PURE.search(said.split("\n\n")[0] if is_package else said):
            names = path.parts[path.parts.index("src") + 1 : -1]
            found.add(".".join(names if is_package else (*names, path.stem)))
    return found


def unlisted(modules: set[str]) -> set[str]:
    listed = entries("importlinter:contract:pure", "source_modules")
    covers = re.compile("|".join(f"{entry.replace('*', '[a-z_]+')}([.].+)?" for entry in listed))
    return {module for module in modules if not covers.fullmatch(module)}


def test_every_module_that_says_it_is_pure_is_held_to_it() -> None:
    found = pure_modules(ROOT)
    assert len(found) >= 15, f"the search finds too little: {sorted(found)}"
    assert unlisted(found) == set()


def test_a_module_that_only_says_it_is_pure_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "services/mapper/src/mapper/rules.py", '"""Decides. Pure."""')
    plant(tmp_path, "services/mapper/src/mapper/loop.py", '"""Does."""')
    assert unlisted(pure_modules(tmp_path)) == {"mapper.rules"}
