"""By which flags a change may mail somebody: all of them are known, and their callers tested.

A mutation that is added with such a flag fails here until its caller sets it to false.
"""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    parse,
)

from shopify.documents import document

KNOWN = {
    "fulfillment_create": {"fulfillment.notifyCustomer"},
    "fulfillment_tracking_update": {"notifyCustomer"},
    "order_cancel": {"notifyCustomer"},
    "order_create": {
        "options.sendFulfillmentReceipt",
        "options.sendReceipt",
        "order.fulfillment.notifyCustomer",
    },
}
"""Set to false by status-tracker (nobody calls the tracking update) and by shopify-writer, which
sends no fulfilment with the order."""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The simulator's copy of Admin GraphQL 2026-10, which is compared with the official one."""
    return build_schema(files("simulators.shopify").joinpath("schema.graphql").read_text("utf-8"))


def flags(type_: GraphQLInputType, path: str, depth: int = 3) -> Iterator[str]:
    """The paths at or below an argument by which somebody is told."""
    name = path.rpartition(".")[2].casefold()
    if "notify" in name or name.startswith("send"):
        yield path
    inner = get_named_type(type_)
    if depth and isinstance(inner, GraphQLInputObjectType):
        for field, given in inner.fields.items():
            yield from flags(given.type, f"{path}.{field}", depth - 1)


def flags_of(text: str, schema: GraphQLSchema) -> set[str]:
    mutations = schema.mutation_type
    (operation,) = parse(text).definitions
    assert mutations is not None
    assert isinstance(operation, OperationDefinitionNode)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)
    arguments = mutations.fields[root.name.value].args
    return {path for name, arg in arguments.items() for path in flags(arg.type, name)}


def test_the_flags_of_all_our_mutations_are_known(schema: GraphQLSchema) -> None:
    names = sorted(
        entry.name.removesuffix(".graphql")
        for entry in files("shopify.documents").iterdir()
        if entry.name.endswith(".graphql")
    )
    mutations = [name for name in names if document(name).is_mutation]
    found = {name: flags_of(document(name).text, schema) for name in mutations}
    assert {name: paths for name, paths in found.items() if paths} == KNOWN


def test_a_flag_of_a_mutation_that_is_added_is_noticed(schema: GraphQLSchema) -> None:
    refund = "mutation R($input: RefundInput!) { refundCreate(input: $input) { refund { id } } }"
    assert flags_of(refund, schema) == {"input.notify"}
