"""Survivors that no test can kill, each with its reason (``explained.toml``)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutants.mutations import Key, Mutant, Source
from tests.mutants.targets import Target

FILE: Final = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True)
class Explained:
    """One entry: which mutant (``Mutant.key``), and why it does the same as the original."""

    key: Key
    reason: str


def read(text: str) -> Mapping[Key, Explained]:
    """All entries. Raises TypeError for one that lacks something, ValueError without a reason."""
    found = {}
    for entry in tomllib.loads(text).get("mutant", []):
        reason = entry.pop("reason")
        key = Key(**entry)
        if not reason.strip():
            raise ValueError(f"{key}: why can no test kill it?")
        found[key] = Explained(key, reason)
    return found


def known() -> Mapping[Key, Explained]:
    """The entries of the repository."""
    return read(FILE.read_text(encoding="utf-8"))


def stale(entries: Mapping[Key, Explained], targets: Sequence[Target]) -> list[Key]:
    """Entries that are about no mutant any more: the code has changed."""
    paths = {path for path, *_ in entries}
    sources = [Source(target) for target in targets if target.path in paths]
    there = {key for source in sources for key in source.names()}
    return [key for key in entries if key not in there]


def entry_of(mutant: Mutant) -> str:
    """How the file would say it; the reason is still to be written."""
    lines = mutant.key._asdict()
    nth = lines.pop("nth")
    said = [f"{name} = '''{value}'''" for name, value in lines.items()]
    return "\n".join(["[[mutant]]", *said, *([f"nth = {nth}"] if nth else []), 'reason = ""'])
