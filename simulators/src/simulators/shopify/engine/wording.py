"""Validation errors in Shopify's words: code, text and the names in `extensions`.

graphql-core finds them, each rule with its own English; the texts below are what the Admin API
answers for the same mistake (recorded: undefinedField, missingRequiredArguments,
argumentLiteralsIncompatible; the others after the same server's habits).
"""

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    Node,
    ObjectFieldNode,
    Visitor,
    print_ast,
    visit,
)

from simulators.shopify.engine.errors import Json

Worded = tuple[str, dict[str, object]]
Words = Callable[[re.Match[str], GraphQLError, DocumentNode], Worded]


def in_shopify_words(error: GraphQLError, document: DocumentNode) -> Json:
    """One entry of `errors`; unknown mistakes keep graphql-core's text, without a code."""
    message, extensions = _worded(error, document)
    worded: Json = {"message": message, "extensions": extensions}
    if error.locations:
        worded["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return worded


def syntax_error(error: GraphQLError) -> Json:
    """A document that does not parse."""
    locations = [{"line": at.line, "column": at.column} for at in error.locations or ()]
    where = f" at [{locations[0]['line']}, {locations[0]['column']}]" if locations else ""
    text = error.message.removeprefix("Syntax Error: ").rstrip(".")
    return {"message": f"syntax error, {text}{where}", "locations": locations}


def _worded(error: GraphQLError, document: DocumentNode) -> Worded:
    for pattern, words in _WORDS:
        found = pattern.match(error.message)
        if found:
            return words(found, error, document)
    return error.message, {}


def _undefined_field(found: re.Match[str], *_: object) -> Worded:
    field, type_name = found.groups()
    return f"Field '{field}' doesn't exist on type '{type_name}'", {
        "code": "undefinedField",
        "typeName": type_name,
        "fieldName": field,
    }


def _unknown_argument(found: re.Match[str], *_: object) -> Worded:
    argument, field = found.groups()
    name = field.rpartition(".")[2]
    return f"Field '{name}' doesn't accept argument '{argument}'", {
        "code": "argumentNotAccepted",
        "name": name,
        "typeName": "Field",
        "argumentName": argument,
    }


def _missing_argument(found: re.Match[str], *_: object) -> Worded:
    owner, argument = found.groups()
    directive = owner.startswith("@")
    name = owner.removeprefix("@").rpartition(".")[2]
    kind = "Directive" if directive else "Field"
    return f"{kind} '{name}' is missing required arguments: {argument}", {
        "code": "missingRequiredArguments",
        "className": kind,
        "name": name,
        "arguments": argument,
    }


def _missing_input_field(found: re.Match[str], *_: object) -> Worded:
    type_name, field = found.groups()
    return f"Argument '{field}' on InputObject '{type_name}' is required.", {
        "code": "missingRequiredInputObjectAttribute",
        "argumentName": field,
        "inputObjectType": type_name,
    }


def _unknown_input_field(found: re.Match[str], *_: object) -> Worded:
    type_name, field = found.groups()
    return f"InputObject '{type_name}' doesn't accept argument '{field}'", {
        "code": "argumentNotAccepted",
        "name": type_name,
        "typeName": "InputObject",
        "argumentName": field,
    }


def _unfit_literal(found: re.Match[str], error: GraphQLError, document: DocumentNode) -> Worded:
    owner, argument, literal = _around(error, document)
    kind = "Field"
    of = f" on {kind} '{owner}'" if owner else ""
    text = f"Argument '{argument}'{of} has an invalid value ({literal})."
    return f"{text} Expected type '{found.group(1)}'.", {
        "code": "argumentLiteralsIncompatible",
        "typeName": kind,
        "argumentName": argument,
    }


def _around(error: GraphQLError, document: DocumentNode) -> tuple[str, str, str]:
    """The field or input object's field around a literal, the argument, and the literal."""
    node = error.nodes[0] if error.nodes else document
    finder = _Finder(node)
    visit(document, finder)
    named = [
        ancestor
        for ancestor in finder.ancestors
        if isinstance(ancestor, (FieldNode, ArgumentNode, ObjectFieldNode))
    ]
    argument = named[-1].name.value if named else ""
    owner = named[-2].name.value if len(named) > 1 else ""
    return owner, argument, print_ast(node)


class _Finder(Visitor):
    """Finds the way to one node."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.ancestors: list[Node] = []
        self._node = node

    def enter(
        self, node: Node, _: object, parent: object, __: object, ancestors: list[Any]
    ) -> object:
        """Stops at the node."""
        if node is not self._node:
            return None
        self.ancestors = [
            ancestor for ancestor in (*ancestors, parent) if isinstance(ancestor, Node)
        ]
        return self.BREAK


def _mismatched_variable(found: re.Match[str], *_: object) -> Worded:
    name, given, expected = found.groups()
    return f"Type mismatch on variable ${name} ({given} / {expected})", {
        "code": "variableMismatch",
        "variableName": name,
        "typeName": given,
    }


def _undefined_variable(found: re.Match[str], *_: object) -> Worded:
    name = found.group(1)
    return f"Variable ${name} is used by the operation but not declared", {
        "code": "variableNotDefined",
        "variableName": name,
    }


def _unused_variable(found: re.Match[str], *_: object) -> Worded:
    name = found.group(1)
    return f"Variable ${name} is declared by the operation but not used", {
        "code": "variableNotUsed",
        "variableName": name,
    }


def _selection_mismatch(found: re.Match[str], *_: object) -> Worded:
    field, type_name = found.groups()
    problem = f"field '{field}' returns {type_name} but has no selections"
    message = f"Field must have selections ({problem}. Did you mean '{field} {{ ... }}'?)"
    return message, {
        "code": "selectionMismatch",
        "nodeName": f"field '{field}'",
        "typeName": type_name,
    }


def _unknown_type(found: re.Match[str], *_: object) -> Worded:
    name = found.group(1)
    return f"No such type {name}", {"code": "undefinedType", "typeName": name}


def _unknown_directive(found: re.Match[str], *_: object) -> Worded:
    name = found.group(1)
    message = f"Directive @{name} is not defined"
    return message, {"code": "undefinedDirective", "directiveName": name}


_WORDS: tuple[tuple[re.Pattern[str], Words], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Cannot query field '(\w+)' on type '(\w+)'", _undefined_field),
        (r"Unknown argument '(\w+)' on field '([\w.]+)'", _unknown_argument),
        (r"Argument '(@?[\w.]+)\((\w+):\)' of type", _missing_argument),
        (
            r"Expected value of type '(\w+)!?' to include required field '(\w+)'",
            _missing_input_field,
        ),
        (
            r"Expected value of type '(\w+)!?' not to include unknown field '(\w+)'",
            _unknown_input_field,
        ),
        (r"Expected value of (?:non-null )?type '([^']+)'", _unfit_literal),
        (r"Value '[^']*' does not exist in '([^']+)' enum", _unfit_literal),
        (
            r"Variable '\$(\w+)' of type '([^']+)' used in position expecting type '([^']+)'",
            _mismatched_variable,
        ),
        (r"Variable '\$(\w+)' is not defined", _undefined_variable),
        (r"Variable '\$(\w+)' is never used", _unused_variable),
        (r"Field '(\w+)' of type '([^']+)' must have a selection", _selection_mismatch),
        (r"Unknown type '(\w+)'", _unknown_type),
        (r"Unknown directive '@(\w+)'", _unknown_directive),
    )
)
