"""Nothing that ships is used by tests alone: no function, class, constant or GraphQL document.

By names: something is used where code that ships says its name, outside itself and outside what is
unused; a bare name is its own module's or the one's it is imported from. Commands and validators
are used by their decorator; doubles in memory ship for the tests.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
USES = {"command", "callback", "field_validator", "model_validator"}
ALLOWED = {
    "fulfillment_tracking_update": "issue 13",
    "package_detail": "issue 13",
    "capture_signals": "uvicorn calls it",
    "filter": "logging calls it",
}


@dataclass(frozen=True)
class Named:
    """A name in a file: defined there from line to line, or said there.

    ``module`` is the one that defines it; "" for an attribute or a text, which may be anybody's.
    """

    name: str
    module: str
    path: Path
    line: int
    end: int

    def holds(self, use: "Named") -> bool:
        return self.path == use.path and self.line <= use.line <= self.end

    def may_be_meant_by(self, use: "Named") -> bool:
        return use.module in {"", self.module} or self.module.startswith(f"{use.module}.")


@dataclass
class Code:
    """What the code that ships defines, and by name what it says."""

    defined: set[Named] = field(default_factory=set)
    said: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))

    def read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".graphql":
            self.defined.add(Named(path.stem, "", path, 1, 1))
        elif path.suffix == ".html":
            for name in re.findall(r"\w+", text):
                self.said[name].append(Named(name, "", path, 1, 1))
        else:
            self.read_module(path, ast.parse(text))

    def read_module(self, path: Path, tree: ast.Module) -> None:
        parts = path.with_suffix("").parts
        module = ".".join(parts[parts.index("src") + 1 :]).removesuffix(".__init__")
        imported = {
            alias.asname or alias.name: node.module or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        self.defined |= {
            Named(name, module, path, node.lineno, node.end_lineno or node.lineno)
            for name, node in definitions(tree)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Load()):
                    use = Named(name, imported.get(name, module), path, node.lineno, 0)
                case ast.Attribute(attr=name) | ast.Constant(value=str() as name):
                    use = Named(name, "", path, node.lineno, 0)
                case ast.alias(name=name, asname=str()):
                    use = Named(name, "", path, node.lineno, 0)
                case _:
                    continue
            self.said[use.name].append(use)

    def unused(self, allowed: Collection[str] = ()) -> dict[str, str]:
        """Name → module or file of what only itself and what is unused says."""
        asked = {entry for entry in self.defined if entry.name not in allowed}
        found: set[Named] = set()
        while more := {entry for entry in asked - found if self.is_unused(entry, found)}:
            found |= more
        return {entry.name: entry.module or entry.path.name for entry in found}

    def is_unused(self, entry: Named, unused: set[Named]) -> bool:
        uses = (use for use in self.said[entry.name] if entry.may_be_meant_by(use))
        return all(entry.holds(use) or any(dead.holds(use) for dead in unused) for use in uses)


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below but what is inside a double."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.ClassDef) and child.name.startswith("Memory")):
            yield child
            yield from parts(child)


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in parts(tree):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ) if not (name.startswith("__") or is_called_by_decorator(node)):
                yield name, node
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if not name.startswith("__"):
                    yield name, node


def is_called_by_decorator(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    calls = [part.func for part in node.decorator_list if isinstance(part, ast.Call)]
    return any(
        (isinstance(call, ast.Attribute) and call.attr in USES)
        or (isinstance(call, ast.Name) and call.id in USES)
        for call in calls
    )


def code_in(root: Path) -> Code:
    code = Code()
    for folder in [*root.glob("libs/*/src"), *root.glob("services/*/src")]:
        for suffix in ("py", "html", "graphql"):
            for path in folder.rglob(f"*.{suffix}"):
                code.read(path)
    for path in [*root.glob("libs/*/pyproject.toml"), *root.glob("services/*/pyproject.toml")]:
        for name in re.findall(r":(\w+)\"", path.read_text(encoding="utf-8")):
            code.said[name].append(Named(name, "", path, 1, 1))
    return code


def test_nothing_that_ships_is_used_by_tests_alone() -> None:
    code = code_in(ROOT)
    assert code.unused(ALLOWED) == {}
    assert ALLOWED.keys() - code.unused().keys() == set(), "used, or gone: take it off the list"


def test_what_only_itself_or_the_unused_says_is_found(tmp_path: Path) -> None:
    package = tmp_path / "libs/planted/src/planted"
    package.mkdir(parents=True)
    (package / "one.py").write_text(
        "class Total: ...\n"
        "def used(): return 1\n"
        "def alone(n): return alone(n - 1) + below()\n"
        "def below(): return LIMIT\n"
        "LIMIT = 3\n"
        "class MemoryStore: ...\n"
    )
    (package / "two.py").write_text(
        "from planted.one import used\n"
        "from elsewhere import Total\n"
        "@app.command('say')\n"
        "def command(): return used(), Total, 'order_find'\n"
    )
    (package / "order_find.graphql").write_text("query Found { shop }\n")
    (package / "order_lost.graphql").write_text("query Lost { shop }\n")
    assert code_in(tmp_path).unused() == {
        "Total": "planted.one",
        "alone": "planted.one",
        "below": "planted.one",
        "LIMIT": "planted.one",
        "order_lost": "order_lost.graphql",
    }
