import json
import shlex
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values

from devstack.errors import StackRefused
from devstack.settings import StackSettings, tunable, write_env


def test_the_file_is_read_alike_by_dotenv_and_by_shells(
    tmp_path: Path, settings: StackSettings
) -> None:
    write_env(tmp_path / "env", settings.admin_environment())
    text = (tmp_path / "env").read_text()
    by_shell = dict(word.split("=", 1) for word in shlex.split(text))
    assert by_shell == dotenv_values(tmp_path / "env") == settings.admin_environment()


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    (tmp_path / "env").touch(mode=0o644)
    write_env(tmp_path / "env", {"A": "b"})
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_a_value_that_cannot_be_written_safely_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StackRefused, match="LOG_LEVEL"):
        write_env(tmp_path / "env", {"LOG_LEVEL": "it's"})


def test_services_are_not_told_the_administrators_password(settings: StackSettings) -> None:
    assert "hush" not in json.dumps(settings.environment())
    assert settings.admin_environment()["ADMIN_DATABASE_URL"].endswith("hush@h/d")


def test_the_summary_has_exactly_what_is_promised(settings: StackSettings) -> None:
    summary = settings.summary()
    assert [*summary] == [
        *("kafka", "database", "tiktok", "shopify", "console"),
        *("shop_id", "shopify_domain"),
    ]
    assert summary["console"] == "http://127.0.0.1:20004"
    assert summary["database"] == "postgresql://o:app@h/d"


def test_what_a_person_exports_is_kept_and_the_rest_is_usual() -> None:
    chosen = tunable({"LOG_LEVEL": "DEBUG", "ABSENT_AFTER_S": "", "HOME": "/root"})
    assert chosen == {"LOG_LEVEL": "DEBUG", "ABSENT_AFTER_S": "5"}


def test_secrets_are_not_shown(settings: StackSettings) -> None:
    shown = repr(settings)
    assert not any(secret in shown for secret in ("the-app-secret", "hush", settings.vault_key))
