from pathlib import Path

import pytest

from devstack.jars import LOCK, VERSION, JarMismatch, check, locked_jars, read_lock, write_lock


@pytest.fixture
def jars(tmp_path: Path) -> tuple[Path, ...]:
    files = (tmp_path / "broker.jar", tmp_path / "clients.jar")
    for file in files:
        file.write_text(f"content of {file.name}")
    return files


@pytest.fixture
def locked(jars: tuple[Path, ...], tmp_path: Path) -> dict[str, str]:
    write_lock(tmp_path / "jars.lock", jars)
    return read_lock(tmp_path / "jars.lock")


def test_the_jars_that_were_locked_pass(jars: tuple[Path, ...], locked: dict[str, str]) -> None:
    check(jars, locked)


def test_an_altered_jar_is_named(jars: tuple[Path, ...], locked: dict[str, str]) -> None:
    jars[1].write_text("something else")
    with pytest.raises(JarMismatch, match=r"clients\.jar has sha256"):
        check(jars, locked)


def test_a_missing_jar_is_named(jars: tuple[Path, ...], locked: dict[str, str]) -> None:
    with pytest.raises(JarMismatch, match=r"broker\.jar is in jars\.lock but was not resolved"):
        check(jars[1:], locked)


def test_a_jar_nobody_locked_is_named(
    jars: tuple[Path, ...], locked: dict[str, str], tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.jar"
    stranger.touch()
    with pytest.raises(JarMismatch, match=r"stranger\.jar was resolved but is not in jars\.lock"):
        check((*jars, stranger), locked)


def test_a_download_that_does_not_fit_the_lock_leaves_nothing_in_the_cache(
    jars: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lock(tmp_path / "jars.lock", jars)
    jars[0].write_text("tampered with on the way")
    monkeypatch.setattr("devstack.jars.resolve", lambda _folder: jars)
    with pytest.raises(JarMismatch, match=r"broker\.jar"):
        locked_jars(tmp_path / "cache", tmp_path / "jars.lock")
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["lock"]


def test_jars_are_downloaded_once(
    jars: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lock(tmp_path / "jars.lock", jars)
    downloads: list[Path] = []

    def resolve(folder: Path) -> tuple[Path, ...]:
        downloads.append(folder)
        return jars

    monkeypatch.setattr("devstack.jars.resolve", resolve)
    first, second = (locked_jars(tmp_path / "cache", tmp_path / "jars.lock") for _ in range(2))
    assert first == second
    assert [jar.read_text() for jar in first] == [jar.read_text() for jar in jars]
    assert len(downloads) == 1


def test_the_lock_holds_this_version_of_kafka() -> None:
    locked = read_lock(LOCK)
    assert f"kafka_2.13-{VERSION}.jar" in locked
    assert all(len(digest) == 64 for digest in locked.values())
