"""What a set of migration files must look like."""

from pathlib import Path

import pytest

from runtime.migrations import MigrationMisnamed, MigrationSet


def write(folder: Path, *names: str) -> MigrationSet:
    for name in names:
        (folder / name).write_text(f"SELECT '{name}'")
    return MigrationSet("vault", folder)


def test_files_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    files = write(tmp_path, "0002_more.sql", "0001_first.sql", "README.md").files()
    assert [str(file) for file in files] == ["vault/0001_first.sql", "vault/0002_more.sql"]
    assert files[0].sql == "SELECT '0001_first.sql'"


def test_a_gap_in_the_numbers_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MigrationMisnamed, match=r"vault/0003_late\.sql: number 0002 expected"):
        write(tmp_path, "0001_first.sql", "0003_late.sql").files()


def test_two_files_with_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationMisnamed, match="number 0002 expected"):
        write(tmp_path, "0001_first.sql", "0001_other.sql").files()


def test_a_name_without_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationMisnamed, match=r"vault/first\.sql: expected a name like"):
        write(tmp_path, "first.sql").files()


def test_the_digest_follows_the_text(tmp_path: Path) -> None:
    before = write(tmp_path, "0001_first.sql").files()[0]
    (tmp_path / "0001_first.sql").write_text("SELECT 2")
    assert MigrationSet("vault", tmp_path).files()[0].sha256 != before.sha256
