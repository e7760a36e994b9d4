"""Every small change that mutmut's operators make to a source, and the sources they give.

mutmut runs mutants its own way, which fits neither several packages in ``src`` folders nor tests
imported by file; so its operators alone are used, on the same syntax trees (libcst): see 0088.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators
from tests.mutants.targets import ROOT, Target

_UNTOUCHED: Final = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
"""What a change here would break is the reading of the file, not what it does."""


@dataclass(frozen=True)
class Mutant:
    """One change. ``where``: function or class around it; ``nth``: which of equal ones there."""

    target: Target
    line: int
    where: str
    before: str
    after: str
    nth: int
    source: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What names it, also after other lines of the file have changed."""
        return (self.target.path, self.where, self.before, self.after, self.nth)

    def __str__(self) -> str:
        return f"{self.target.path}:{self.line} {self.where}: {self.before}  →  {self.after}"


@dataclass(frozen=True)
class _Place:
    node: Any
    where: str
    changes: Sequence[Any]


class Source:
    """One file and all places where it can be changed."""

    def __init__(self, target: Target) -> None:
        self.target = target
        text = Path(ROOT, target.path).read_text(encoding="utf-8")
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self._tree = wrapper.module
        self._lines: Mapping[Any, Any] = wrapper.resolve(PositionProvider)
        self._places = list(_places(self._tree, ""))

    def __len__(self) -> int:
        return len(self._places)

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
        before, after = self._text(found.node), self._text(changed)
        line = self._lines[found.node].start.line
        nth = self._nth(found, before)
        return Mutant(self.target, line, found.where, before, after, nth, source)

    def _nth(self, found: _Place, before: str) -> int:
        same = [
            place
            for place in self._places
            if place.where == found.where and self._text(place.node) == before
        ]
        return next(at for at, place in enumerate(same) if place is found)

    def _text(self, node: Any) -> str:
        return " ".join(self._tree.code_for_node(node).split())


def _places(node: Any, where: str) -> Iterator[_Place]:
    if isinstance(node, _UNTOUCHED) or _is_prose(node):
        return
    changes = [
        changed
        for kind, operate in mutation_operators
        if isinstance(node, kind)
        for changed in operate(node)
    ]
    if changes:
        yield _Place(node, where, changes)
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        where = f"{where}.{node.name.value}" if where else node.name.value
    for child in node.children:
        yield from _places(child, where)


def _is_prose(node: Any) -> bool:
    """A sentence is for people: its wording decides nothing."""
    return isinstance(node, cst.SimpleString) and " " in node.value.strip("\"'")


def sample(found: Sequence[Target], count: int, seed: int) -> list[Mutant]:
    """So many mutants, the same for the same sources and seed: a place each, one change of it."""
    dice = random.Random(seed)
    sources = [Source(target) for target in found]
    places = [(source, at) for source in sources for at in range(len(source))]
    chosen: list[Mutant] = []
    for source, at in dice.sample(places, len(places)):
        if len(chosen) == count:
            break
        mutants = source.mutants(at)
        if mutants:
            chosen.append(dice.choice(mutants))
    return sorted(chosen, key=lambda mutant: (mutant.target, mutant.line))
