"""Clocks, dice, ids and metrics come in at the edges: nothing else reaches for the machine's.

``main`` of a service's ``app.py`` takes them and hands them to ``build``. The runtime makes them;
a command line and the opening of connections are edges too.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACHINE = {"utc_now", "monotonic", "boottime", "since_boot", "system_chance", "system_id"}
MODULES = {"secrets", "random", "time"}
REGISTRY = {"new_registry", "REGISTRY"}
EDGES = (
    "libs/runtime/",
    "libs/connections/src/connections/opening.py",
    "services/console/src/console/cli/opening.py",
    "services/shopify-writer/src/shopify_writer/webhooks/compliance.py",  # a command of its own
)


def imported(tree: ast.AST) -> Iterator[str]:
    """What is imported of the machine, or of metrics that belong to nobody."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            yield from sorted(names & (MACHINE | REGISTRY))
            yield from sorted({str(node.module)} & MODULES)
        elif isinstance(node, ast.Import):
            yield from sorted({alias.name for alias in node.names} & MODULES)


def said(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in MACHINE | REGISTRY | MODULES:
                yield name
            case ast.Call(func=ast.Name(id="Clocks"), args=[], keywords=[]):
                yield "Clocks()"


def defaulted(tree: ast.AST) -> Iterator[str]:
    """What is the machine's unless the caller says otherwise, so that he may forget to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            for default in (*node.defaults, *node.kw_defaults):
                if isinstance(default, ast.Name) and default.id in MACHINE:
                    yield default.id


def reached_for(path: str, text: str) -> list[str]:
    """What a module takes that should have been an argument; in app.py only ``main`` may."""
    tree = ast.parse(text)
    if path.startswith(EDGES):
        return list(defaulted(tree))
    if not path.endswith("/app.py"):
        return [*imported(tree), *(name for name in said(tree) if name == "Clocks()")]
    rest = (node for node in tree.body if getattr(node, "name", "") != "main")
    return sorted({name for node in rest for name in said(node)})


def modules() -> Iterator[tuple[str, str]]:
    for path in [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_clocks_dice_ids_and_metrics_are_arguments() -> None:
    found = {path: names for path, text in modules() if (names := reached_for(path, text))}
    assert found == {}


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("services/mapper/src/mapper/sweeps.py", "from runtime.clock import utc_now", ["utc_now"]),
        ("libs/jobs/src/jobs/memory.py", "import secrets", ["secrets"]),
        ("libs/jobs/src/jobs/owner.py", "from random import random", ["random"]),
        (
            "libs/jobs/src/jobs/worker.py",
            "from runtime.metrics import new_registry",
            ["new_registry"],
        ),
        ("services/mapper/src/mapper/beats.py", "CLOCKS = Clocks()", ["Clocks()"]),
        ("libs/runtime/src/runtime/beats.py", "def beat(*, clock=utc_now): ...", ["utc_now"]),
        (
            "services/mapper/src/mapper/app.py",
            "from runtime.clock import monotonic\ndef build(clock=monotonic): ...",
            ["monotonic"],
        ),
    ],
)
def test_a_module_that_reaches_for_them_is_found(path: str, text: str, names: list[str]) -> None:
    assert reached_for(path, text) == names


def test_main_and_the_edges_may_take_them() -> None:
    main = "from runtime.clock import utc_now\nasync def main(): return build(utc_now)"
    assert reached_for("services/mapper/src/mapper/app.py", main) == []
    assert reached_for("libs/runtime/src/runtime/clock.py", "import time") == []
