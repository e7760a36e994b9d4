import re
from importlib.resources import files

import pytest

from shopify.documents import document

NAMES = sorted(
    entry.name.removesuffix(".graphql")
    for entry in files("shopify.documents").iterdir()
    if entry.name.endswith(".graphql")
)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_one_named_operation_without_comments(name: str) -> None:
    read = document(name)
    assert len(re.findall(r"^(?:query|mutation)\b", read.text, re.MULTILINE)) == 1
    assert "#" not in read.text
    assert f"{'mutation' if read.is_mutation else 'query'} {read.operation}" in read.text


@pytest.mark.parametrize("name", NAMES)
def test_every_mutation_asks_for_its_user_errors(name: str) -> None:
    read = document(name)
    assert ("serErrors" in read.text) is read.is_mutation


def test_the_created_order_is_asked_for_plain_fields_only() -> None:
    """Nothing selected may fail once the order exists."""
    inside = document("order_create").text.split("order {")[1].split("}")[0].split()
    assert all(re.fullmatch(r"[a-zA-Z]+", field) for field in inside)


@pytest.mark.parametrize("name", ["order_find", "order_find_by_custom_id", "orders_recent"])
def test_a_lookup_selects_when_the_order_was_processed(name: str) -> None:
    assert "processedAt" in document(name).text
