"""The part of the Admin GraphQL API 2026-10 that this simulator executes: `schema.graphql`."""

from functools import cache
from importlib.resources import files

from graphql import GraphQLSchema, build_schema, is_scalar_type

from simulators.shopify.engine.scalars import PARSERS


@cache
def load_schema() -> GraphQLSchema:
    """The executable schema; its scalars refuse in literals what they refuse in variables."""
    text = files("simulators.shopify").joinpath("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for name, parse in PARSERS.items():
        scalar = schema.type_map.get(name)
        if is_scalar_type(scalar):
            vars(scalar).update(parse_value=parse, coerce_input_value=parse)
    return schema
