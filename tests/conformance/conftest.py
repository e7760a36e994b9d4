"""The two schemas that are compared."""

import pytest
from graphql import GraphQLSchema, build_schema
from tests.conformance import official_schema

SCHEMA = official_schema.ROOT / "simulators/src/simulators/shopify/schema.graphql"


@pytest.fixture(scope="session")
def official() -> GraphQLSchema:
    """Admin GraphQL 2026-10, whole."""
    return official_schema.load()


@pytest.fixture(scope="session")
def our_text() -> str:
    """What the simulator executes, as text."""
    return SCHEMA.read_text()


@pytest.fixture(scope="session")
def ours(our_text: str) -> GraphQLSchema:
    """What the simulator executes."""
    return build_schema(our_text)
