"""Master keys come from settings; what is wrong with them is said by the setting's name."""

import base64
import json
import secrets

import pytest

from vault.keys import MasterKeyInvalid, MasterKeyMissing, MasterKeys, WrongMasterKey

ONE = bytes(range(32))
OTHER = bytes(reversed(range(32)))


def setting(**keys: bytes) -> str:
    return json.dumps({key_id: base64.b64encode(key).decode() for key_id, key in keys.items()})


def test_a_data_key_comes_back_under_the_key_that_wrapped_it() -> None:
    before = MasterKeys.from_settings(setting(k1=ONE), "k1")
    wrapped = before.wrap(b"data key", b"owner", secrets.token_bytes)
    rotated = MasterKeys.from_settings(setting(k1=ONE, k2=OTHER), "k2")
    assert rotated.unwrap("k1", wrapped, b"owner") == b"data key"


def test_a_missing_master_key_is_named_with_its_setting() -> None:
    keys = MasterKeys({"k2": OTHER}, "k2")
    with pytest.raises(MasterKeyMissing, match="VAULT_KEYS does not hold key 'k1'"):
        keys.unwrap("k1", bytes(60), b"owner")


def test_another_key_under_the_same_id_is_noticed() -> None:
    wrapped = MasterKeys({"k1": ONE}, "k1").wrap(b"data key", b"owner", secrets.token_bytes)
    with pytest.raises(WrongMasterKey, match="VAULT_KEYS: key 'k1' is not the one"):
        MasterKeys({"k1": OTHER}, "k1").unwrap("k1", wrapped, b"owner")


def test_a_wrapped_key_opens_only_for_its_owner() -> None:
    keys = MasterKeys({"k1": ONE}, "k1")
    wrapped = keys.wrap(b"data key", b"owner", secrets.token_bytes)
    with pytest.raises(WrongMasterKey):
        keys.unwrap("k1", wrapped, b"another")


@pytest.mark.parametrize(
    ("keys", "current", "sentence"),
    [
        ("k1:abc", "k1", "VAULT_KEYS must be JSON like"),
        ("{}", "k1", "VAULT_KEYS must be JSON like"),
        ('{"k1": "%%%"}', "k1", "VAULT_KEYS: key 'k1' is not base64"),
        (setting(k1=b"short"), "k1", "VAULT_KEYS: key 'k1' must have 32 bytes"),
        (setting(k1=ONE), "k9", "VAULT_KEY_ID names 'k9', which VAULT_KEYS does not hold"),
    ],
)
def test_unusable_settings_are_refused_by_name(keys: str, current: str, sentence: str) -> None:
    with pytest.raises(MasterKeyInvalid, match=sentence):
        MasterKeys.from_settings(keys, current)


def test_everything_that_is_wrong_with_the_keys_is_said_at_once() -> None:
    short = base64.b64encode(b"short").decode()
    with pytest.raises(MasterKeyInvalid) as refused:
        MasterKeys.from_settings(json.dumps({"k1": "%%%", "k2": short, "k3": "?"}), "k9")
    assert str(refused.value).split("; ") == [
        "VAULT_KEYS: key 'k1' is not base64",
        "VAULT_KEYS: key 'k2' must have 32 bytes",
        "VAULT_KEYS: key 'k3' is not base64",
        "VAULT_KEY_ID names 'k9', which VAULT_KEYS does not hold",
    ]


def test_neither_errors_nor_representations_show_a_key() -> None:
    text = base64.b64encode(ONE).decode()
    with pytest.raises(MasterKeyInvalid) as refused:
        MasterKeys.from_settings(setting(k1=ONE), "k9")
    assert text not in str(refused.value)
    assert repr(MasterKeys({"k1": ONE}, "k1")) == "MasterKeys(ids=['k1'], current='k1')"
