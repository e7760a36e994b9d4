"""Fault kind `user_errors`: Shopify's "no" to the content of a mutation.

`{"match": {"operation": "orderCreate"}, "kind": "user_errors", "errors": [{"field": ["order",
"note"], "code": "INVALID", "message": "…"}]}`: token, scopes, document and budget are checked and
paid for as ever, nothing is carried out, and the payload is the errors alone, under the name that
the mutation gives them. A query has no such thing: it is answered as ever.
"""

from collections.abc import Mapping
from dataclasses import replace

from graphql import GraphQLObjectType, get_named_type
from starlette.types import Scope

from simulators import faults
from simulators.exchange import Exchange
from simulators.fault_rules import Fault
from simulators.shopify.engine.execution import Call, Resolver
from simulators.shopify.engine.schema import load_schema
from simulators.shopify.session import Session, UserErrors
from simulators.shopify.store.records import Record

_IN_SCOPE = "shopify.user_errors"
_ERROR_TYPE = "UserError"


async def _say_no(fault: Fault, exchange: Exchange, _: faults.Platform) -> None:
    """Answered, nothing carried out."""
    await replace(exchange, scope={**exchange.scope, _IN_SCOPE: fault.errors}).proceed()


EFFECTS: Mapping[str, faults.Effect] = {**faults.EFFECTS, "user_errors": _say_no}


def refused_with(scope: Scope) -> UserErrors:
    """The errors that a fault gave this request; empty without one."""
    errors: UserErrors = scope.get(_IN_SCOPE, ())
    return errors


def refusable(name: str, resolve: Resolver) -> Resolver:
    """The resolver of a mutation, which a fault may refuse. Raises TypeError without errors."""
    payload = _payload(name)
    errors_at = [
        field
        for field, declared in payload.fields.items()
        if get_named_type(declared.type).name.endswith(_ERROR_TYPE)
    ]
    if len(errors_at) != 1:
        raise TypeError(f"schema.graphql: {payload.name} has {len(errors_at)} lists of user errors")

    def refused(session: Session, call: Call) -> object:
        if not session.refused_with:
            return resolve(session, call)
        nothing: Record = dict.fromkeys(payload.fields)
        return {**nothing, errors_at[0]: list(session.refused_with)}

    return refused


def _payload(mutation: str) -> GraphQLObjectType:
    root = load_schema().mutation_type
    payload = root and get_named_type(root.fields[mutation].type)
    if not isinstance(payload, GraphQLObjectType):
        raise TypeError(f"schema.graphql: {mutation} has no payload")
    return payload
