"""Keys that the vault cannot use are refused with the settings, before anything is opened."""

from pathlib import Path

import pytest

from connections.settings import VaultSettings
from runtime.settings import SettingsInvalid, load

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def set_keys(monkeypatch: pytest.MonkeyPatch, keys: str, current: str) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/ordersync")
    monkeypatch.setenv("VAULT_KEYS", keys)
    monkeypatch.setenv("VAULT_KEY_ID", current)


def test_a_key_of_32_bytes_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_keys(monkeypatch, f'{{"k1": "{KEY}"}}', "k1")
    assert load(VaultSettings, tmp_path).vault_key_id == "k1"


@pytest.mark.parametrize(
    ("keys", "current", "said"),
    [
        (f"k1:{KEY}", "k1", "VAULT_KEYS must be JSON like"),
        (f'{{"k1": "{KEY}"}}', "k2", "VAULT_KEY_ID: names 'k2'"),
        ('{"k1": "MDEy"}', "k1", "VAULT_KEYS: key 'k1' must have 32 bytes"),
    ],
)
def test_keys_that_cannot_be_used_are_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: str, current: str, said: str
) -> None:
    set_keys(monkeypatch, keys, current)
    with pytest.raises(SettingsInvalid, match=said) as caught:
        load(VaultSettings, tmp_path)
    assert KEY not in str(caught.value)
    assert "MDEy" not in str(caught.value)


def test_unusable_keys_are_named_beside_whatever_else_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_keys(monkeypatch, '{"k1": "MDEy", "k2": "%%%"}', "k1")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "no port")
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(SettingsInvalid) as caught:
        load(VaultSettings, tmp_path)
    said = str(caught.value)
    for expected in (
        "KAFKA_BOOTSTRAP: not host:port",
        "DATABASE_URL: missing",
        "key 'k1' must have 32 bytes",
        "key 'k2' is not base64",
    ):
        assert expected in said
