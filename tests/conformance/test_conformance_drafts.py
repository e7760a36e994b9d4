"""What the golden drafts send to Shopify, coerced by the official schema (`make conformance`)."""

import copy
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values
from libs.mapping.tests.golden_cases import cases, source

from mapping.draft import translate
from mapping.recipient import Buyer, Recipient
from ordersync_contracts.events import ShopifyOrderDraft
from shopify.documents import document
from shopify_jobs.left_out import LeftOut
from shopify_writer.creation.order_input import to_variables

RECIPIENT = Recipient(
    first_name="Petra",
    last_name="Plantedbuyer",
    phone="(+1)2135550147",
    email="v2planted@scs.tiktokw.us",
    line1="77 Planted Parkway",
    city="Los Angeles",
    state="California",
    postal_code="90066",
    region="US",
)
BUYERS = {"clear": Buyer(RECIPIENT, "Thank you 🎁"), "absent": Buyer()}
DRAFTS = {
    case: made for case in cases() if isinstance(made := translate(source(case)), ShopifyOrderDraft)
}


def problems(schema: GraphQLSchema, variables: dict[str, Any]) -> list[str]:
    """What the schema does not accept in the variables of ``orderCreate``."""
    (operation,) = parse(document("order_create").text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    made = get_variable_values(schema, operation.variable_definitions or (), variables)
    return [str(error) for error in made] if isinstance(made, list) else []


@pytest.mark.parametrize("buyer", BUYERS)
@pytest.mark.parametrize("case", DRAFTS)
def test_the_input_of_every_golden_draft_coerces(
    official: GraphQLSchema, case: str, buyer: str
) -> None:
    variables, _ = to_variables(DRAFTS[case], BUYERS[buyer], LeftOut())
    assert problems(official, variables) == []


@pytest.mark.parametrize("name", ["tag", "requiresShippings"])
def test_a_field_that_does_not_exist_is_reported(official: GraphQLSchema, name: str) -> None:
    variables, _ = to_variables(next(iter(DRAFTS.values())), BUYERS["clear"], LeftOut())
    planted: dict[str, Any] = copy.deepcopy(variables)
    planted["order"][name] = True
    assert problems(official, planted)
