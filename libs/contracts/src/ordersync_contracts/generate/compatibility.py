"""Which changes of a schema break those who write the event or read it.

``python -m ordersync_contracts.generate.compatibility TAGGED CURRENT`` compares two folders of
schemas and
ends with 1 when the newer one breaks what the older one promised.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

Node = dict[str, Any]

_WORDS: Final = frozenset({"title", "description", "$schema", "$id", "$defs"})
"""Parts of a schema that promise nothing about the data."""


def breaking_changes(old: Node, new: Node) -> tuple[str, ...]:
    """How ``new`` breaks what ``old`` promised, one sentence per place; empty when it does not.

    Allowed are other words and further optional fields. A field that goes, comes as required,
    becomes required or optional, or has other types, values or default is a new version's matter.
    """
    return tuple(_compare("data", old, new, old.get("$defs", {}), new.get("$defs", {})))


def broken_promises(tagged: Path, current: Path) -> tuple[str, ...]:
    """The breaking changes between two folders of ``<Event>.v<N>.json``."""
    found: list[str] = []
    for path in sorted(tagged.glob("*.json")):
        twin = current / path.name
        if not twin.exists():
            found.append(f"{path.stem}: the schema is gone")
            continue
        changes = breaking_changes(json.loads(path.read_text()), json.loads(twin.read_text()))
        found.extend(f"{path.stem}: {change}" for change in changes)
    return tuple(found)


def _compare(place: str, old: Node, new: Node, old_defs: Node, new_defs: Node) -> Iterator[str]:
    old, new = _resolved(old, old_defs), _resolved(new, new_defs)
    yield from _compare_fields(place, old, new, old_defs, new_defs)
    for word in sorted((old.keys() | new.keys()) - _WORDS - {"properties", "required"}):
        parts = _parts(old.get(word), new.get(word))
        if not parts and old.get(word) != new.get(word):
            yield f"{place}: {word} changed"
        for part, before, after in parts:
            yield from _compare(f"{place}.{word}{part}", before, after, old_defs, new_defs)


def _compare_fields(
    place: str, old: Node, new: Node, old_defs: Node, new_defs: Node
) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield f"{place}.{name}: the field is gone"
    for name in sorted(is_required - was_required):
        yield f"{place}.{name}: the field is required now"
    for name in sorted((was_required & after.keys()) - is_required):
        yield f"{place}.{name}: the field may be absent now"
    for name in sorted(before.keys() & after.keys()):
        yield from _compare(f"{place}.{name}", before[name], after[name], old_defs, new_defs)


def _resolved(node: Node, defs: Node) -> Node:
    reference = node.get("$ref")
    if reference is None:
        return node
    target: Node = defs[reference.rpartition("/")[2]]
    return {**target, **{word: value for word, value in node.items() if word != "$ref"}}


def _parts(before: object, after: object) -> list[tuple[str, Node, Node]]:
    """The schemas inside two values of one word, to be compared one by one."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [("", before, after)]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [(f".{n}", *pair) for n, pair in pairs if all(isinstance(x, dict) for x in pair)]
    return []


def main(arguments: list[str]) -> int:
    """Prints what is broken; 1 when anything is, 2 when not given two folders."""
    if len(arguments) != 2:
        sys.stderr.write("give two folders of schemas: the tagged one and the current one\n")
        return 2
    broken = broken_promises(Path(arguments[0]), Path(arguments[1]))
    for change in broken:
        sys.stderr.write(f"{change}: make it a new version with an upcaster\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
