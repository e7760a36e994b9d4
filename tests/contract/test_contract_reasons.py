"""Every reason code that our code can raise is in the catalogue.

The codes are found by reading the source: whatever is given as ``reason_code``, by name or by
place, followed through local functions, names, tables and alternatives to the texts it can be.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ordersync_contracts.reasons import CATALOGUE

ROOT = Path(__file__).parents[2]
ARGUMENT = "reason_code"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Module:
    """What a module says of itself: its functions, its tables, what its calls take."""

    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)
    tables: dict[str, ast.Dict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                self.functions[node.name] = node
        for node in self.tree.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as table)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as table)
                ):
                    self.tables[name] = table


def places(trees: list[ast.Module]) -> dict[str, set[int]]:
    """Callable → at which places it may take a reason code: functions and dataclasses."""
    found: dict[str, set[int]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, Function):
                names = [argument.arg for argument in node.args.args]
                names = names[1:] if names[:1] == ["self"] else names
            elif isinstance(node, ast.ClassDef):
                fields = (entry for entry in node.body if isinstance(entry, ast.AnnAssign))
                names = [e.target.id for e in fields if isinstance(e.target, ast.Name)]
            if ARGUMENT in names and isinstance(node, Function | ast.ClassDef):
                found.setdefault(node.name, set()).add(names.index(ARGUMENT))
    return found


def codes(trees: list[ast.Module]) -> Iterator[tuple[str, int]]:
    """Each code that can be given as a reason, with its line."""
    takes = places(trees)
    for tree in trees:
        module = Module(tree)
        scopes: list[ast.AST] = [*module.functions.values(), tree]
        for scope in scopes:
            for node in ast.walk(scope):
                if isinstance(node, ast.Call):
                    for given in reasons_given(node, takes):
                        yield from texts(given, scope, module, depth=0)


def reasons_given(call: ast.Call, takes: dict[str, set[int]]) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == ARGUMENT)
    for place in takes.get(called(call), ()):
        if place < len(call.args):
            yield call.args[place]


def called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def texts(node: ast.expr, scope: ast.AST, module: Module, depth: int) -> Iterator[tuple[str, int]]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value:  # an empty text says that there is no reason
            yield node.value, node.lineno
    elif depth < 5:
        for part, where in sources(node, scope, module):
            yield from texts(part, where, module, depth + 1)


def sources(node: ast.expr, scope: ast.AST, module: Module) -> Iterator[tuple[ast.expr, ast.AST]]:
    """What an expression takes its value from, and where that is to be read."""
    match node:
        case ast.IfExp(body=body, orelse=other):
            parts = [body, other]
        case ast.BoolOp(values=values):
            parts = values
        case ast.Subscript(value=ast.Name(id=name)):
            parts = entries(module, name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=args):
            parts = [*entries(module, name), *args[1:]]
        case ast.Call() if called(node) in module.functions:
            scope = module.functions[called(node)]
            parts = returned(scope)
        case ast.Name(id=name):
            parts = assigned(name, scope) or assigned(name, module.tree)
        case _:
            parts = []
    yield from ((part, scope) for part in parts)


def entries(module: Module, table: str) -> list[ast.expr]:
    return module.tables[table].values if table in module.tables else []


def returned(function: ast.AST) -> list[ast.expr]:
    found = (part.value for part in ast.walk(function) if isinstance(part, ast.Return))
    return [value for value in found if value is not None]


def assigned(name: str, *scopes: ast.AST) -> list[ast.expr]:
    found: list[ast.expr] = []
    for part in (part for scope in scopes for part in ast.walk(scope)):
        match part:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found.append(value)
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if (
                target == name
            ):
                found.append(value)
    return found


def our_sources() -> list[ast.Module]:
    patterns = ("libs/*/src/**/*.py", "services/*/src/**/*.py")
    paths = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    read = (
        path.read_text(encoding="utf-8")
        for path in paths
        if "ordersync_contracts" not in path.parts
    )
    return [ast.parse(text) for text in read]


def found_in(text: str) -> set[str]:
    return {code for code, _ in codes([ast.parse(text)])}


def test_every_reason_that_the_code_gives_is_in_the_catalogue() -> None:
    found = {code for code, _ in codes(our_sources())}
    assert found - CATALOGUE.keys() == set()
    assert len(found) >= 25, f"the search finds too little: {sorted(found)}"


def not_given(trees: list[ast.Module]) -> set[str]:
    """Reasons of the catalogue that stand nowhere in the code: nobody is ever told them."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    said = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return CATALOGUE.keys() - said


def test_every_reason_of_the_catalogue_is_given_somewhere() -> None:
    assert not_given(our_sources()) == set()


def test_a_reason_that_nobody_gives_is_noticed() -> None:
    given = sorted(CATALOGUE)[1:]
    assert not_given([ast.parse(repr(given))]) == {min(CATALOGUE)}


DECLARED = """
class Refusal:
    reason_code: str
def block(source, reason_code, *, detail=""):
    return Refusal(reason_code)
"""


@pytest.mark.parametrize(
    "use",
    [
        "event(reason_code='made_up')",
        "Refusal('made_up')",
        "block(source, 'made_up', detail='not a code')",
        "self.block(source, 'made_up')",
        "Refusal('made_up' if late else known)",
        "ENDED: Final = 'made_up'\ndef f():\n    event(reason_code=ENDED)",
        "TABLE = {1: 'made_up'}\nRefusal(TABLE[1])",
        "TABLE: dict = {1: 'made_up'}\nRefusal(TABLE.get(1, other))",
        "TABLE = {}\nRefusal(TABLE.get(kind, 'made_up'))",
        "def why():\n    return 'made_up'\nRefusal(why())",
        "def f():\n    code = 'made_up'\n    return Refusal(code)",
        "def why():\n    return x or 'made_up'\ndef f():\n    code = why()\n    Refusal(code)",
    ],
)
def test_a_made_up_code_is_found_wherever_it_comes_from(use: str) -> None:
    assert found_in(f"{DECLARED}\n{use}\n") == {"made_up"}


def test_other_texts_are_not_taken_for_codes() -> None:
    assert found_in(f"{DECLARED}\nblock('a', code, detail='b')\nother('c')\n") == set()
