from pathlib import Path

import pytest

from devstack.errors import StackRefused
from devstack.folder import StateFolder, write_ready


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / ".devstack")


def test_a_second_stack_in_the_same_folder_is_refused_with_the_way_out(folder: StateFolder) -> None:
    with folder.held():
        with pytest.raises(StackRefused, match=r"already runs.*devstack down"), folder.held():
            pytest.fail("held twice")
        assert folder.is_held()
    assert not folder.is_held()


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = StateFolder(tmp_path / "file" / ".devstack")
    with pytest.raises(StackRefused, match=r"file/\.devstack cannot be written"), folder.held():
        pytest.fail("held nowhere")


def test_a_folder_nobody_ever_used_is_not_held(folder: StateFolder) -> None:
    assert not folder.is_held()


def test_a_new_run_starts_from_empty_data(folder: StateFolder) -> None:
    folder.start_empty()
    (folder.data / "rows").write_text("of the last run")
    folder.log("mapper").write_text("of the last run")
    folder.start_empty()
    assert [*folder.data.iterdir(), *folder.logs.iterdir()] == []


def test_what_a_run_keeps_elsewhere_goes_with_it(folder: StateFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.start_empty()
    folder.keep_track_of(elsewhere)
    folder.keep_track_of(folder.data / "kafka")
    folder.clear()
    assert not elsewhere.exists()


def test_logs_outlive_the_run(folder: StateFolder) -> None:
    folder.start_empty()
    folder.log("mapper").write_text("why it died")
    write_ready(folder, {})
    folder.clear()
    assert [file.name for file in folder.path.iterdir()] == ["logs"]
    assert folder.log("mapper").read_text() == "why it died"
