"""Whatever stops a command is one sentence and an exit code; a surprise is shown as it is."""

import pytest
import typer

from commandline.running import run, verdict
from runtime.settings import SettingsInvalid


@pytest.fixture(autouse=True)
def logs_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the whole process: tests after these would log nothing."""
    monkeypatch.setattr("commandline.running.logs.configure", lambda *_: None)


class Refused(Exception):
    safe = True
    exit_code = 5


class Mistyped(ValueError):
    safe = True


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Refused("not now"), (5, "not now")),
        (Mistyped("no such time"), (2, "no such time")),
        (SettingsInvalid(("DATABASE_URL: missing",), None), (2, None)),
        (TimeoutError(), (1, None)),
        (RuntimeError("a buyer's name"), (1, None)),
    ],
)
def test_an_error_says_its_code_and_its_sentence_if_it_is_safe(
    error: Exception, expected: tuple[int, str | None]
) -> None:
    code, sentence = verdict(error)
    assert code == expected[0]
    assert expected[1] in {None, sentence}
    assert sentence is None or "buyer" not in sentence


def test_what_stops_a_command_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        raise Refused("not now")

    with pytest.raises(typer.Exit) as stopped:
        run(work)
    assert stopped.value.exit_code == 5
    assert capsys.readouterr() == ("", "not now\n")


def test_a_surprise_is_raised() -> None:
    async def work() -> None:
        raise RuntimeError("why")

    with pytest.raises(RuntimeError):
        run(work)
