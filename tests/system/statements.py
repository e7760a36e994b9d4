"""Every SQL statement that the code which ships sends, read from its source.

A call of ``fetch…`` or ``execute`` in a module that speaks asyncpg sends its first argument. Where
that is made of constants of its module the text is read from there. Where it is put together as
needed, the function itself is asked (``tests/integration/statement_witnesses.py``), with a
``Listener`` in the pool's place.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
SENDS: Final = {"fetch", "fetchrow", "fetchval", "execute"}
NOT_OURS: Final = {
    "runtime.migrations": "runs once per release",
    "runtime.session": "locks and what a service asks of its session",
    "eventstore.held": "passes on what the event store's own call sends",
}


@dataclass(frozen=True)
class Site:
    """A call that sends a statement; ``text`` None where it is not made of constants."""

    function: str
    line: int
    text: str | None


def sites() -> Iterator[Site]:
    """Every such call in the code that ships."""
    for path in sorted((*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py"))):
        source = path.read_text(encoding="utf-8")
        parts = path.relative_to(path.parents[path.parts[::-1].index("src") - 1]).with_suffix("")
        name = ".".join(parts.parts)
        if "import asyncpg" in source and name not in NOT_OURS:
            yield from _in_module(name, ast.parse(source))


def _in_module(module: str, tree: ast.Module) -> Iterator[Site]:
    constants = vars(importlib.import_module(module))
    for qualified, node in _functions(module, tree):
        for call in _own_calls(node):
            if isinstance(call.func, ast.Attribute) and call.func.attr in SENDS and call.args:
                yield Site(qualified, call.lineno, _text(call.args[0], constants))


def _functions(prefix: str, tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            qualified = f"{prefix}.{node.name}"
            if not isinstance(node, ast.ClassDef):
                yield qualified, node
            yield from _functions(qualified, node)


def _own_calls(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Call):
            yield node
        yield from _own_calls(node)


def _text(argument: ast.expr, constants: Mapping[str, Any]) -> str | None:
    """What the argument is, as far as constants of its module say."""
    code = compile(ast.Expression(argument), "<statement>", "eval")
    try:
        found = eval(code, dict(constants))
    except (NameError, AttributeError):
        return None
    return found if isinstance(found, str) else None


class Listener:
    """Stands where a pool or connection is: keeps the statements, and answers nothing."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def fetch(self, statement: str, *_: object) -> list[Any]:
        self.heard.append(statement)
        return []

    async def fetchrow(self, statement: str, *_: object) -> None:
        self.heard.append(statement)

    async def fetchval(self, statement: str, *_: object) -> int:
        self.heard.append(statement)
        return 1

    async def execute(self, statement: str, *_: object) -> str:
        self.heard.append(statement)
        return "UPDATE 1"

    @asynccontextmanager
    async def acquire(self) -> Any:
        yield self

    @asynccontextmanager
    async def transaction(self) -> Any:
        yield
