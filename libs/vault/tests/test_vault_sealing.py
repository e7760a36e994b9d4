"""Sealed content opens only as what it was sealed as; digests follow content and key."""

import secrets

import pytest

from vault.keys import Unreadable
from vault.sealing import DataKey, label
from vault.values import Entry, Secret
from vault.values import Reference as Ref

KEY = bytes(range(32))
BUYER = {"name": "Vera Vaultbuyer", "lines": ["1 Hidden Street"], "zip": None}


def test_content_comes_back_whole() -> None:
    sealed = DataKey(KEY).seal(BUYER, b"owner", secrets.token_bytes)
    assert DataKey(KEY).open(sealed, b"owner") == BUYER
    assert b"Vaultbuyer" not in sealed


def test_content_moved_to_another_row_does_not_open() -> None:
    sealed = DataKey(KEY).seal(BUYER, label("shop", "1", "recipient", 1), secrets.token_bytes)
    with pytest.raises(Unreadable, match="does not open as"):
        DataKey(KEY).open(sealed, label("shop", "1", "recipient", 2))


def test_labels_of_different_parts_differ() -> None:
    assert label("1", "23") != label("12", "3")


def test_a_digest_ignores_the_order_of_keys() -> None:
    turned = dict(reversed(BUYER.items()))
    key = DataKey(KEY)
    assert key.digest(BUYER, b"recipient") == key.digest(turned, b"recipient")


def test_a_digest_cannot_be_guessed_without_the_key() -> None:
    other = DataKey(bytes(32))
    assert DataKey(KEY).digest(BUYER, b"recipient") != other.digest(BUYER, b"recipient")


def test_representations_hide_content() -> None:
    entry = Entry("shop", "1", "recipient", BUYER, masked=False)
    secret = Secret(Ref("recipient", 1, "00", masked=False), BUYER)
    for value in (entry, secret, DataKey(KEY)):
        assert "Vera" not in repr(value)
        assert "Hidden" not in str(value)
