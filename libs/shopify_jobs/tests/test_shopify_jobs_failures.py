"""What an answer means for a job: every way to be turned away has a reason a person can read."""

from datetime import UTC, datetime

import pytest

from ordersync_contracts.reasons import CATALOGUE
from shopify.answers import (
    Answer,
    CallFacts,
    DefinitionMissing,
    DoubtReason,
    Invalid,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
    Unreachable,
)
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind, UserError
from shopify_jobs.failures import DENIALS, Failure, Refusals, Unknown, failure, meaning

CALL = CallFacts(sent_at=datetime(2026, 11, 25, 12, 0, tzinfo=UTC), request_id="r-1")
REFUSALS = Refusals({RefusalKind.SHOP_DORMANT: "shop_frozen"}, "update_refused")
UNCLEAR = Unclear(DoubtReason.DEADLINE, call=CALL)


@pytest.mark.parametrize("kind", DenialKind)
def test_every_denial_has_a_reason_of_the_catalogue(kind: DenialKind) -> None:
    assert DENIALS[kind] in CATALOGUE


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (DenialKind.TOKEN, "token_invalid"),
        (DenialKind.SCOPE, "missing_scope"),
        (DenialKind.OFFLINE_TOKEN, "offline_token_required"),
        (DenialKind.FROZEN, "shop_frozen"),
        (DenialKind.SECURITY, "security_rejection"),
        (DenialKind.PROTECTED_DATA, "protected_data"),
        (DenialKind.FORBIDDEN, "turned_away"),
    ],
)
def test_a_denial_is_shown_as_what_a_person_can_mend(kind: DenialKind, reason: str) -> None:
    scopes = ("write_orders", "read_orders")
    denied = Unauthorized(kind, scopes, call=CALL)
    expected = Failure(reason, kind.value, "write_orders,read_orders", "r-1", scopes=scopes)
    assert failure(denied, REFUSALS) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Throttled(7.0, call=CALL), Failure("throttled", request_id="r-1", wait_s=7.0)),
        (Unreachable("ConnectError", call=CALL), Failure("shopify_unavailable", request_id="r-1")),
        (UNCLEAR, Failure("shopify_unavailable", request_id="r-1")),
        (DefinitionMissing(call=CALL), Failure("definition_missing", request_id="r-1")),
        (Invalid("BAD", ("a", "b"), call=CALL), Failure("invalid_request", "BAD", "a,b", "r-1")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Answer) else "",
)
def test_what_a_read_was_not_answered_with_is_a_reason(answer: Answer, expected: Failure) -> None:
    assert failure(answer, REFUSALS) == expected


def test_nobody_knows_whether_a_change_without_a_clear_answer_was_made() -> None:
    assert meaning(UNCLEAR, REFUSALS) == Unknown()
    throttled = Throttled(7.0, call=CALL)
    assert meaning(throttled, REFUSALS) == failure(throttled, REFUSALS)


def test_a_refusal_with_a_reason_of_its_own_decides_and_else_the_first_one() -> None:
    other = UserError("X", ("order", "lineItems", "0"), RefusalKind.OTHER)
    dormant = UserError("SHOP_DORMANT", (), RefusalKind.SHOP_DORMANT)
    both = failure(Refused((other, dormant), call=CALL), REFUSALS)
    assert both == Failure("shop_frozen", "SHOP_DORMANT", "", "r-1")
    first = failure(Refused((other, other), call=CALL), REFUSALS)
    assert first == Failure("update_refused", "X", "order.lineItems.0", "r-1")
