"""Our GraphQL for Shopify against the official Admin schema 2026-10 (`make conformance`)."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from tests.conformance.differences import differences
from tests.conformance.official_schema import ROOT, check

DOCUMENTS = sorted((ROOT / "libs/shopify/src/shopify/documents").glob("*.graphql"))


def test_the_simulators_schema_is_a_true_part_of_the_official_one(
    ours: GraphQLSchema, official: GraphQLSchema
) -> None:
    assert differences(ours, official) == []


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("legacyResourceId: UnsignedInt64!", "legacyId: UnsignedInt64!", "Order.legacyId: is not"),
        ("confirmed: Boolean!", "confirmed: Boolean", "Order.confirmed: is Boolean, officially"),
        ("orderBy", "orderByAny", "QueryRoot.orderByAnyIdentifier: is not"),
        (
            "requiresShipping: Boolean = false",
            "requiresShipping: Boolean = true",
            "OrderCreateLineItemInput.requiresShipping: is Boolean = true, officially",
        ),
        (
            "input OrderCreateCustomerInput @oneOf",
            "input OrderCreateCustomerInput",
            "OrderCreateCustomerInput: @oneOf differs",
        ),
        (
            "  poNumber: String\n  presentmentCurrency",
            "  presentmentCurrency",
            "OrderCreateOrderInput.poNumber: is missing here",
        ),
        ("inventoryBehaviour:", "inventoryBehavior:", "OrderCreateOptionsInput.inventoryBehavior"),
        ("job(id: ID!)", "job(id: String!)", "QueryRoot.job().id: is String!, officially ID!"),
        ("job(id: ID!)", "job(key: ID!)", "QueryRoot.job().id: is required"),
        ("DECREMENT_OBEYING_POLICY", "DECREMENT_OBEYING", "DECREMENT_OBEYING: is not"),
        (
            "directive @idempotent(key: String!)",
            "directive @idempotent(key: ID!)",
            "@idempotent.key",
        ),
        ("scalar Money\n", "scalar Money\nscalar Coin\n", "Coin: no such GraphQLScalarType"),
    ],
)
def test_a_planted_difference_is_reported(
    official: GraphQLSchema, our_text: str, right: str, wrong: str, named: str
) -> None:
    assert right in our_text
    found = differences(build_schema(our_text.replace(right, wrong)), official)
    assert any(named in difference for difference in found), found


def test_there_are_documents_to_check() -> None:
    assert DOCUMENTS


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_valid_by_the_official_schema_and_by_ours(
    ours: GraphQLSchema, official: GraphQLSchema, path: Path
) -> None:
    document = parse(path.read_text())
    assert [error.message for error in validate(official, document)] == []
    assert [error.message for error in validate(ours, document)] == []


def test_a_planted_field_in_a_document_is_reported(
    ours: GraphQLSchema, official: GraphQLSchema
) -> None:
    document = parse("{ shop { id inventedField } }")
    for schema in (official, ours):
        (error,) = validate(schema, document)
        assert "inventedField" in error.message


def test_another_file_than_the_one_that_was_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="sha256"):
        check(b"something else")
