"""Whoever owns tables announces its migrations, and no owner's files speak of another's tables."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from console.cli import nouns
from console.migrate.actions import migration_sets

ROOT = Path(__file__).parents[2]


def unannounced(root: Path, announced: Iterable[Path]) -> list[str]:
    """The folders of migrations that nobody announces."""
    folders = {folder.resolve() for folder in root.glob("*/*/src/*/migrations")}
    return sorted(str(folder) for folder in folders - set(announced))


def crossings(files: Mapping[str, str]) -> list[str]:
    """Owners whose SQL names a table of another: then their order would count."""
    return [
        f"{owner} names {other}"
        for owner, sql in files.items()
        for other in files
        if other != owner and re.search(rf"\b{other}\.\w", re.sub(r"--.*", "", sql))
    ]


def announced_folders() -> list[Path]:
    return [Path(str(each.folder)).resolve() for each in migration_sets()]


def test_every_owner_of_tables_is_announced() -> None:
    assert unannounced(ROOT, announced_folders()) == []
    assert len(announced_folders()) == 8


def test_an_owner_that_is_not_announced_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "services/stock/src/stock/migrations"
    planted.mkdir(parents=True)
    assert unannounced(tmp_path, announced_folders()) == [str(planted)]


def test_migrations_of_one_owner_never_speak_of_anothers_tables() -> None:
    files = {each.owner: "\n".join(file.sql for file in each.files()) for each in migration_sets()}
    assert crossings(files) == []
    planted = "CREATE TABLE stock.item (id text REFERENCES console.sku)"
    assert crossings({**files, "stock": planted}) == ["stock names console"]


def test_every_noun_is_announced_once_and_can_be_loaded() -> None:
    assert {noun: point.load() for noun, point in nouns().items()}.keys() == {
        *("order", "errors", "products", "settings", "shop", "replay"),
        *("audit", "compliance", "console", "migrate"),
    }
