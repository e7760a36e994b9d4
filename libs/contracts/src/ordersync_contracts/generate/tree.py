"""The generated files, where they belong, and writing those that differ."""

import json
from pathlib import Path
from typing import Final

from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.generate import examples, pages
from ordersync_contracts.generate.schemas import schema_of

CONTRACTS: Final = Path("libs/contracts")
SCHEMAS: Final = CONTRACTS / "schemas"
EXAMPLES: Final = CONTRACTS / "examples"
DOCS: Final = Path("docs")


def files() -> dict[Path, str]:
    """Every generated file's text by its path in the repository; newest event versions only.

    Files of older versions are never written again: what was published stays as it is.
    """
    made = {schema_path(event): _schema_text(event) for event in events.ALL}
    for event in events.ALL:
        for case in examples.CASES:
            made[example_path(event, case)] = examples.example_text(event, case)
    made[DOCS / "events.md"] = pages.events_page()
    made[DOCS / "topics.md"] = pages.topics_page()
    made[DOCS / "reasons.md"] = pages.reasons_page()
    made[DOCS / "settings.md"] = pages.settings_page()
    return made


def schema_path(event: type[Event]) -> Path:
    """Where the golden schema of the event's newest version is kept."""
    return SCHEMAS / f"{event.type_name()}.v{event.VERSION}.json"


def example_path(event: type[Event], case: str) -> Path:
    """Where an example of the event's newest version is kept."""
    return EXAMPLES / event.type_name() / f"v{event.VERSION}" / f"{case}.json"


def write(root: Path) -> tuple[Path, ...]:
    """Writes the files that differ from what is there, and returns their paths."""
    changed = []
    for path, text in files().items():
        target = root / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        changed.append(path)
    return tuple(changed)


def _schema_text(event: type[Event]) -> str:
    return json.dumps(schema_of(event), ensure_ascii=False, indent=2) + "\n"
