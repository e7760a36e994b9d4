"""Settings: from the environment or the nearest devstack; every mistake named at once."""

from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from runtime.settings import Settings, SettingsInvalid, load, load_or_exit

ENVIRONMENT = {
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://u:planted-password@db/ordersync",
}


class PollerSettings(Settings):
    poll_seconds: int = Field(gt=0, examples=["5"])
    seller_token: SecretStr = Field(min_length=20, examples=["<the token>"])


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*PollerSettings.model_fields, "KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(name.upper(), raising=False)


def devstack_env(folder: Path, text: str) -> None:
    (folder / ".devstack").mkdir()
    (folder / ".devstack" / "env").write_text(text)


def set_all(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in {**ENVIRONMENT, **more}.items():
        monkeypatch.setenv(name, value)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, LOG_LEVEL="DEBUG")
    settings = load(Settings, Path.cwd())
    assert settings.kafka_bootstrap == "127.0.0.1:9092"
    assert settings.database_url.get_secret_value() == ENVIRONMENT["DATABASE_URL"]
    assert (settings.log_level, settings.health_port, settings.topic_prefix) == ("DEBUG", 0, "")


def test_a_database_url_that_is_none_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_all(monkeypatch, DATABASE_URL="planted-password@db/ordersync")
    with pytest.raises(SettingsInvalid, match="DATABASE_URL: not postgresql://") as caught:
        load(Settings, Path.cwd())
    assert "planted-password" not in str(caught.value)


def test_everything_that_is_missing_or_wrong_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "no-port-here")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    monkeypatch.setenv("POLL_SECONDS", "0")
    with pytest.raises(SettingsInvalid) as caught:
        load(PollerSettings, Path.cwd())
    text = str(caught.value)
    assert "KAFKA_BOOTSTRAP: not host:port" in text
    assert "DATABASE_URL: missing (example: postgresql://" in text
    assert "LOG_LEVEL: " in text
    assert "POLL_SECONDS: " in text
    assert "SELLER_TOKEN: missing" in text
    assert len(caught.value.problems) == 5


def test_no_value_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, SELLER_TOKEN="planted-token", LOG_LEVEL="planted-level", POLL_SECONDS="x")
    with pytest.raises(SettingsInvalid) as caught:
        load(PollerSettings, Path.cwd())
    assert "SELLER_TOKEN" in str(caught.value)
    assert "planted" not in str(caught.value)


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch)
    assert "planted" not in repr(load(Settings, Path.cwd()))


def test_the_nearest_devstack_above_is_read_when_the_environment_says_nothing() -> None:
    devstack_env(Path.cwd(), "KAFKA_BOOTSTRAP=127.0.0.1:1\nDATABASE_URL=postgresql://far\n")
    near = Path.cwd() / "near"
    near.mkdir()
    devstack_env(near, "KAFKA_BOOTSTRAP=127.0.0.1:2\nDATABASE_URL=postgresql://near\nOTHER=1\n")
    inside = near / "a" / "b"
    inside.mkdir(parents=True)
    assert load(Settings, inside).kafka_bootstrap == "127.0.0.1:2"
    assert load(Settings, inside).database_url.get_secret_value() == "postgresql://near"


def test_the_environment_wins_over_devstack(monkeypatch: pytest.MonkeyPatch) -> None:
    devstack_env(Path.cwd(), "KAFKA_BOOTSTRAP=127.0.0.1:1\nDATABASE_URL=postgresql://x\n")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:3")
    assert load(Settings, Path.cwd()).kafka_bootstrap == "127.0.0.1:3"


def test_an_empty_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, KAFKA_BOOTSTRAP="")
    with pytest.raises(SettingsInvalid, match="KAFKA_BOOTSTRAP: missing"):
        load(Settings, Path.cwd())


def test_without_either_both_places_are_named() -> None:
    with pytest.raises(SettingsInvalid, match=r"environment; no \.devstack/env here or"):
        load(Settings, Path.cwd())


def test_a_wrong_setting_ends_the_process_with_code_2_and_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        load_or_exit(Settings)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "KAFKA_BOOTSTRAP: missing" in err
