"""Every small change that mutmut's operators make to a source, and the sources they give.

mutmut runs mutants its own way, which fits neither several packages in ``src`` folders nor tests
imported by file; so its operators alone are used, on the same syntax trees (libcst): see 0088.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators
from tests.mutants.targets import ROOT, Target

_UNTOUCHED: Final = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
"""What a change here would break is the reading of the file, not what it does."""
_OF_TYPES: Final = frozenset({"TypeVar", "ParamSpec", "NewType"})
_GENERIC: Final = frozenset(
    {"Callable", "Mapping", "dict", "list", "tuple", "frozenset", "Literal", "Sequence"}
)


class Key(NamedTuple):
    """What names a change, also after other lines of the file have changed.

    ``where``: the function or class around it; ``nth``: which of equal texts there.
    """

    path: str
    where: str
    before: str
    after: str
    nth: int = 0


@dataclass(frozen=True)
class Mutant:
    """One change, and the whole source with it."""

    target: Target
    line: int
    key: Key
    source: str

    def __str__(self) -> str:
        where, before, after = self.key.where, self.key.before, self.key.after
        return f"{self.key.path}:{self.line} {where}: {before}  →  {after}"


@dataclass(frozen=True)
class _Place:
    node: Any
    where: str
    changes: Sequence[Any]
    before: str
    nth: int


class Source:
    """One file and all places where it can be changed."""

    def __init__(self, target: Target) -> None:
        self.target = target
        text = Path(ROOT, target.path).read_text(encoding="utf-8")
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self._tree = wrapper.module
        self._lines: Mapping[Any, Any] = wrapper.resolve(PositionProvider)
        self._places = list(self._named(_changes(self._tree, "")))

    def __len__(self) -> int:
        return len(self._places)

    def name(self, place: int) -> tuple[object, ...]:
        """What names a place, also after other lines of the file have changed."""
        found = self._places[place]
        return (self.target.path, found.where, found.before, found.nth)

    def names(self) -> Iterator[Key]:
        """What names each change, whether or not it is still Python."""
        for found in self._places:
            for changed in found.changes:
                yield self._key(found, changed)

    def mutants(self, place: int) -> list[Mutant]:
        """All changes at one place that are still Python."""
        found = self._places[place]
        made = (self._mutant(found, changed) for changed in found.changes)
        return [mutant for mutant in made if mutant is not None]

    def _mutant(self, found: _Place, changed: Any) -> Mutant | None:
        source = self._tree.deep_replace(found.node, changed).code
        try:
            compile(source, self.target.path, "exec")
        except (SyntaxError, ValueError):
            return None
        line = self._lines[found.node].start.line
        return Mutant(self.target, line, self._key(found, changed), source)

    def _key(self, found: _Place, changed: Any) -> Key:
        after = self._text(changed)
        return Key(self.target.path, found.where, found.before, after, found.nth)

    def _named(self, found: Iterator[tuple[Any, str, list[Any]]]) -> Iterator[_Place]:
        seen: Counter[tuple[str, str]] = Counter()
        for node, where, changes in found:
            before = self._text(node)
            yield _Place(node, where, changes, before, seen[where, before])
            seen[where, before] += 1

    def _text(self, node: Any) -> str:
        return " ".join(self._tree.code_for_node(node).split())


def _changes(node: Any, where: str) -> Iterator[tuple[Any, str, list[Any]]]:
    if isinstance(node, _UNTOUCHED) or _is_prose(node) or _is_about_types(node):
        return
    changes = [
        changed
        for kind, operate in mutation_operators
        if isinstance(node, kind)
        for changed in operate(node)
    ]
    if changes:
        yield node, where, changes
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        where = f"{where}.{node.name.value}" if where else node.name.value
    for child in node.children:
        yield from _changes(child, where)


def _is_prose(node: Any) -> bool:
    """A sentence is for people: its wording decides nothing."""
    return isinstance(node, cst.SimpleString) and " " in node.value.strip("\"'")


def _is_about_types(node: Any) -> bool:
    """A type variable or the other name of a type, which only a type checker reads."""
    if not isinstance(node, (cst.Assign, cst.AnnAssign)) or node.value is None:
        return False
    if isinstance(node, cst.AnnAssign):
        return _name(node.annotation.annotation) == "TypeAlias"
    if isinstance(node.value, cst.Call):
        return _name(node.value.func) in _OF_TYPES
    return isinstance(node.value, cst.Subscript) and _name(node.value.value) in _GENERIC


def _name(node: Any) -> str:
    return node.value if isinstance(node, cst.Name) else ""


def sample(found: Sequence[Target], count: int, seed: int) -> list[Mutant]:
    """So many mutants, the same for the same seed: a place each, one change of it.

    The digest of the seed and of a name draws: what changes elsewhere leaves the others drawn.
    """
    sources = [Source(target) for target in found]
    places = [(source, at) for source in sources for at in range(len(source))]
    places.sort(key=lambda place: _drawn(seed, *place[0].name(place[1])))
    chosen: list[Mutant] = []
    for source, at in places:
        if len(chosen) == count:
            break
        mutants = source.mutants(at)
        if mutants:
            chosen.append(min(mutants, key=lambda mutant: _drawn(seed, *mutant.key)))
    return sorted(chosen, key=lambda mutant: (mutant.target, mutant.line))


def _drawn(seed: int, *name: object) -> bytes:
    return hashlib.sha256(repr((seed, *name)).encode()).digest()
