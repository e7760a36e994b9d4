"""What a call can end in. Exactly one of these, never an exception.

| answer | executed? | what the caller does |
|---|---|---|
| ``Done`` | yes | reads ``data`` |
| ``Refused`` | no: Shopify said no to the content | records the refusals |
| ``Throttled`` | no | waits ``retry_after_s``, calls again |
| ``Unauthorized`` | no | pauses the store, shows ``kind`` |
| ``DefinitionMissing`` | no | defines the order's id metafield, calls again |
| ``Invalid`` | no: our own bug | stops this job, raises the alarm |
| ``Unreachable`` | no: not a byte of the body was written | calls again later |
| ``Unclear`` | unknown (a query: harmless) | a mutation: looks up first; a query: calls again |

Which answer follows from what is decided in ``http_rules`` (status, lost connections) and
``graphql_rules`` (the body of a 200). No answer holds a text that Shopify wrote: those echo names,
phones and whole variables. ``Done.data`` and ``Refused.data`` are kept out of ``repr``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from shopify.cost import Cost
from shopify.denials import DenialKind
from shopify.refusals import UserError


class DoubtReason(StrEnum):
    """Why nobody can say whether a call was executed."""

    READ_TIMEOUT = "read_timeout"
    DEADLINE = "deadline"
    CONNECTION_LOST = "connection_lost"
    SERVER_ERROR = "server_error"
    UNREADABLE = "unreadable"
    GRAPHQL_ERROR = "graphql_error"
    NO_RESULT = "no_result"
    RESULT_WITH_ERRORS = "result_with_errors"


@dataclass(frozen=True, kw_only=True)
class CallFacts:
    """What is known of every call.

    ``sent_at`` is when the body was written (when the call began, if it never was). ``status`` is
    the HTTP status. ``request_id`` is Shopify's, for its support. ``warnings`` are our own words:
    ``api_version_served:<version>``, ``deprecated``, ``partial:<code>``.
    """

    sent_at: datetime
    status: int | None = None
    request_id: str | None = None
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Common to all answers, so that cost and request id are read without asking which it is."""

    call: CallFacts

    @property
    def cost(self) -> Cost | None:
        """Points, and the store's bucket just after the call."""
        return self.call.cost

    @property
    def request_id(self) -> str | None:
        """Shopify's id of the call, for its support."""
        return self.call.request_id

    @property
    def sent_at(self) -> datetime:
        """When the body was written."""
        return self.call.sent_at


@dataclass(frozen=True)
class Done(Answered):
    """Executed. ``data`` is the answer's ``data``: root field (or alias) → result."""

    data: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Refused(Answered):
    """Not executed: Shopify refuses the content. At least one error, in Shopify's order."""

    user_errors: tuple[UserError, ...]
    data: dict[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Throttled(Answered):
    """Not executed: the budget is used up. Call again after ``retry_after_s`` seconds."""

    retry_after_s: float


@dataclass(frozen=True)
class Unauthorized(Answered):
    """Not executed: this token may not do it. ``scopes`` names the missing ones when known."""

    kind: DenialKind
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DefinitionMissing(Answered):
    """Not executed: the store has no metafield definition of type ``id`` for orders yet."""


@dataclass(frozen=True)
class Invalid(Answered):
    """Not executed: we sent something the API cannot take. ``paths`` are inside the variables."""

    code: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreachable(Answered):
    """Not executed: no byte of the body left us. ``reason`` is the failure's class name."""

    reason: str


@dataclass(frozen=True)
class Unclear(Answered):
    """Perhaps executed. ``detail`` is an error code, an HTTP status or a failure's class name."""

    reason: DoubtReason
    detail: str | None = None


Answer: TypeAlias = (
    Done | Refused | Throttled | Unauthorized | DefinitionMissing | Invalid | Unreachable | Unclear
)
