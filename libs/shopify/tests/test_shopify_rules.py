"""Every row of the tables in ``http_rules`` and ``graphql_rules``."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import httpx
import pytest

from shopify.answers import (
    Answer,
    Answered,
    DefinitionMissing,
    Done,
    DoubtReason,
    Invalid,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
    Unreachable,
)
from shopify.cost import Cost
from shopify.denials import DenialKind
from shopify.documents import document
from shopify.http_rules import Reply, classify, classify_failure
from shopify.refusals import RefusalKind, UserError

SENT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
VERSION = "2026-10"
PLANTED = "Kim Planted"
ORDER = {"id": "gid://shopify/Order/1"}
USER_ERROR = {"code": "INVALID", "field": ["order", "lineItems"], "message": PLANTED}
A = TypeVar("A", bound=Answered)


def answer_to(name: str, body: object, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = httpx.Headers({key.replace("_", "-"): value for key, value in headers.items()})
    return classify(document(name), VERSION, Reply(status, fields, content, SENT))


def create(body: object, status: int = 200, **headers: str) -> Answer:
    return answer_to("order_create", body, status, **headers)


def find(body: object, **headers: str) -> Answer:
    return answer_to("order_find_by_custom_id", body, 200, **headers)


def cost_of(asked: float, used: float | None, most: float, left: float, rate: float) -> object:
    bucket = {"maximumAvailable": most, "currentlyAvailable": left, "restoreRate": rate}
    return {"requestedQueryCost": asked, "actualQueryCost": used, "throttleStatus": bucket}


def expect(kind: type[A], answer: Answer) -> A:
    """The answer, which is of this kind."""
    assert isinstance(answer, kind)
    return answer


def error(
    code: str | None,
    message: str = PLANTED,
    *,
    extensions: Mapping[str, object] | None = None,
    **more: object,
) -> dict[str, object]:
    coded = {} if code is None else {"code": code}
    told = {**coded, "value": PLANTED, **(extensions or {})}
    return {"message": message, "extensions": told, **more}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, DenialKind.STORE_MOVED),
        (302, DenialKind.STORE_MOVED),
        (401, DenialKind.TOKEN),
        (402, DenialKind.FROZEN),
        (403, DenialKind.FORBIDDEN),
        (404, DenialKind.STORE_UNKNOWN),
        (423, DenialKind.LOCKED),
        (430, DenialKind.SECURITY),
    ],
)
def test_a_store_that_turns_us_away_is_unauthorized(status: int, kind: DenialKind) -> None:
    answer = create({"errors": "[API] Invalid API key or access token"}, status)
    assert expect(Unauthorized, answer).kind is kind
    assert answer.call.status == status


@pytest.mark.parametrize(
    ("body", "kind", "scopes"),
    [
        (
            {"errors": "[API] This action requires merchant approval for read_orders scope."},
            DenialKind.SCOPE,
            ("read_orders",),
        ),
        ({"errors": "Forbidden"}, DenialKind.FORBIDDEN, ()),
        (b"<html>", DenialKind.FORBIDDEN, ()),
    ],
)
def test_a_403_is_a_missing_scope_only_where_it_names_one(
    body: dict[str, str] | bytes, kind: DenialKind, scopes: tuple[str, ...]
) -> None:
    answer = expect(Unauthorized, create(body, 403))
    assert (answer.kind, answer.scopes) == (kind, scopes)


@pytest.mark.parametrize("status", [400, 406, 413, 422])
def test_other_client_errors_are_our_bug(status: int) -> None:
    assert create(b"<html>", status) == Invalid(f"http_{status}", call=create(b"", status).call)


@pytest.mark.parametrize("status", [201, 408, 500, 501, 502, 503, 504, 520])
def test_a_failing_server_leaves_the_call_in_doubt(status: int) -> None:
    answer = expect(Unclear, create(b"<html>", status))
    assert (answer.reason, answer.detail) == (DoubtReason.SERVER_ERROR, f"http_{status}")


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry_after": "2.0"}, b"", 2.0),
        ({"retry_after": "7"}, b"", 7.0),
        ({"retry_after": "Wed, 25 Nov 2026 12:00:09 GMT"}, b"", 9.0),
        ({"retry_after": "Wed, 25 Nov 2026 11:00:00 GMT"}, b"", 0.0),
        ({"retry_after": "soon"}, b"", 1.0),
        ({}, b"", 1.0),
        ({}, b'{"errors":"Exceeded order API rate limit, please try again in a minute."}', 60.0),
    ],
)
def test_too_many_requests_wait_as_long_as_they_are_told(
    headers: dict[str, str], body: bytes, seconds: float
) -> None:
    assert expect(Throttled, create(body, 429, **headers)).retry_after_s == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data":{"orderCr', b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_leaves_the_call_in_doubt(body: bytes) -> None:
    assert expect(Unclear, create(body)).reason is DoubtReason.UNREADABLE


def test_throttled_waits_until_the_bucket_holds_the_cost_again() -> None:
    extensions = {"cost": cost_of(752, None, 1000.0, 666, 50.0)}
    answer = expect(Throttled, create({"errors": [error("THROTTLED")], "extensions": extensions}))
    assert answer.retry_after_s == pytest.approx(1.72)
    assert answer.cost is not None
    assert (answer.cost.actual, answer.cost.available) == (None, 666.0)
    assert expect(Throttled, create({"errors": [error("THROTTLED")]})).retry_after_s == 1.0


@pytest.mark.parametrize(
    ("message", "kind", "scopes"),
    [
        (
            (
                "Access denied for orderCreate field. Required access: write_orders access scope. "
                "Also: This mutation is only accessible to apps authenticated using offline tokens."
            ),
            DenialKind.OFFLINE_TOKEN,
            ("write_orders",),
        ),
        (
            (
                "Access denied for fulfillmentOrders field. Required access: "
                "read_merchant_managed_fulfillment_orders access scope."
            ),
            DenialKind.SCOPE,
            ("read_merchant_managed_fulfillment_orders",),
        ),
        (
            (
                "Access denied for orders field. Required access: `read_orders` access scope or "
                "`read_marketplace_orders` access scope."
            ),
            DenialKind.SCOPE,
            ("read_orders",),
        ),
        ("Access denied", DenialKind.FORBIDDEN, ()),
        (
            (
                "This app is not approved to access the Order object. See "
                "https://shopify.dev/docs/apps/launch/protected-customer-data"
            ),
            DenialKind.PROTECTED_DATA,
            (),
        ),
    ],
)
def test_access_denied_says_what_is_missing(
    message: str, kind: DenialKind, scopes: tuple[str, ...]
) -> None:
    denied = error("ACCESS_DENIED", message, path=["orderCreate"])
    answer = expect(Unauthorized, create({"data": {"orderCreate": None}, "errors": [denied]}))
    assert (answer.kind, answer.scopes) == (kind, scopes)


def test_an_inactive_store_is_frozen() -> None:
    answer = create({"errors": [error("SHOP_INACTIVE")]})
    assert expect(Unauthorized, answer).kind is DenialKind.FROZEN


def test_a_missing_definition_is_not_a_missing_order() -> None:
    message = "Metafield definition of type 'id' is required when using custom ids."
    missing = error("NOT_FOUND", message, path=["orderByIdentifier"])
    expect(DefinitionMissing, find({"data": {"orderByIdentifier": None}, "errors": [missing]}))


@pytest.mark.parametrize("code", ["NOT_FOUND", "RESOURCE_NOT_FOUND"])
def test_an_id_that_does_not_exist_is_refused(code: str) -> None:
    invalid = error(code, "invalid id", path=["fulfillmentCreate"])
    body = {"data": {"fulfillmentCreate": None}, "errors": [invalid]}
    answer = expect(Refused, answer_to("fulfillment_create", body))
    assert answer.user_errors == (UserError(code, ("fulfillmentCreate",), RefusalKind.NOT_FOUND),)


@pytest.mark.parametrize(
    "code",
    [
        "MAX_COST_EXCEEDED",
        "MAX_INPUT_SIZE_EXCEEDED",
        "BAD_REQUEST",
        "undefinedField",
        "missingRequiredArguments",
        "argumentLiteralsIncompatible",
    ],
)
def test_a_request_the_api_cannot_take_is_our_bug(code: str) -> None:
    assert expect(Invalid, create({"errors": [error(code)]})).code == code


def test_a_bad_variable_names_its_paths_and_no_value() -> None:
    problems = [
        {"path": ["order", "lineItems", 0, "quantity"], "explanation": f"{PLANTED} is no number"},
        {"path": [], "explanation": "Expected value to not be null"},
    ]
    bad = error("INVALID_VARIABLE", extensions={"problems": problems})
    answer = expect(Invalid, create({"errors": [bad]}))
    assert answer.paths == ("order.lineItems.0.quantity", "")
    assert PLANTED not in repr(answer)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([error("INTERNAL_SERVER_ERROR")], "INTERNAL_SERVER_ERROR"),
        ([error(None)], "none"),
        ([error("SOMETHING_NEW")], "SOMETHING_NEW"),
        ([error(f"{PLANTED} !")], "none"),
        ("Something went wrong", "none"),
        ([7], "none"),
        ([error("undefinedField"), error("INTERNAL_SERVER_ERROR")], "INTERNAL_SERVER_ERROR"),
    ],
)
@pytest.mark.parametrize("name", ["order_create", "order_find_by_custom_id"])
def test_an_error_that_nobody_knows_leaves_the_call_in_doubt(
    name: str, errors: object, code: str
) -> None:
    answer = expect(Unclear, answer_to(name, {"errors": errors}))
    assert (answer.reason, answer.detail) == (DoubtReason.GRAPHQL_ERROR, code)
    assert PLANTED not in repr(answer)


# queries


def test_an_order_that_does_not_exist_is_done_with_null() -> None:
    answer = find({"data": {"orderByIdentifier": None}})
    assert expect(Done, answer).data == {"orderByIdentifier": None}


def test_a_null_beside_an_error_is_no_absence() -> None:
    broken = error("INTERNAL_SERVER_ERROR", path=["orderByIdentifier"])
    expect(Unclear, find({"data": {"orderByIdentifier": None}, "errors": [broken]}))


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": []}])
def test_a_query_without_data_says_nothing(body: object) -> None:
    assert expect(Unclear, find(body)).reason is DoubtReason.NO_RESULT


def test_a_search_whose_filter_was_ignored_is_no_answer() -> None:
    search = [{"path": ["orders"], "warnings": [{"field": "source_id", "code": "invalid_field"}]}]
    body = {"data": {"orders": {"nodes": []}}, "extensions": {"search": search}}
    answer = expect(Invalid, answer_to("order_find", body))
    assert (answer.code, answer.paths) == ("search_invalid_field", ("source_id",))


def test_a_search_without_warnings_is_done() -> None:
    body = {"data": {"orders": {"nodes": []}}, "extensions": {"search": [{"path": ["orders"]}]}}
    expect(Done, answer_to("order_find", body))


# mutations


def test_a_created_order_is_done() -> None:
    answer = create({"data": {"orderCreate": {"order": ORDER, "userErrors": []}}})
    assert expect(Done, answer).call.warnings == ()


def test_user_errors_are_refused_without_their_message() -> None:
    answer = create({"data": {"orderCreate": {"order": None, "userErrors": [USER_ERROR]}}})
    expected = UserError("INVALID", ("order", "lineItems"), RefusalKind.OTHER)
    assert expect(Refused, answer).user_errors == (expected,)
    assert PLANTED not in repr(answer)


def test_errors_beside_a_created_order_leave_it_in_doubt() -> None:
    answer = create({"data": {"orderCreate": {"order": ORDER, "userErrors": [USER_ERROR]}}})
    assert expect(Unclear, answer).reason is DoubtReason.RESULT_WITH_ERRORS


def test_errors_beside_an_order_that_was_to_be_changed_are_refused() -> None:
    body = {"data": {"orderUpdate": {"order": ORDER, "userErrors": [USER_ERROR]}}}
    expect(Refused, answer_to("order_update", body))


def test_cancel_errors_have_a_name_of_their_own_and_count() -> None:
    message = "Cannot cancel an order that has already been canceled"
    late = {"code": "INVALID", "field": ["orderId"], "message": message}
    body = {"data": {"orderCancel": {"job": None, "orderCancelUserErrors": [late]}}}
    answer = expect(Refused, answer_to("order_cancel", body))
    assert answer.user_errors[0].kind is RefusalKind.ALREADY_CANCELLED


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": {}},
        {"data": {"orderCreate": None}},
        {"data": {"orderCreate": {"order": None, "userErrors": []}}},
    ],
)
def test_a_mutation_without_its_object_is_in_doubt(body: object) -> None:
    assert expect(Unclear, create(body)).reason is DoubtReason.NO_RESULT


@pytest.mark.parametrize(
    ("data", "denied"),
    [
        ({"orderCreate": None}, error("INTERNAL_SERVER_ERROR", path=["orderCreate"])),
        ({"orderCreate": None}, error("ACCESS_DENIED", path=["orderCreate", "order", "name"])),
        (None, error("undefinedField", path=["orderCreate", "order"])),
        ({"a": None, "b": {"order": ORDER}}, error("ACCESS_DENIED")),
    ],
)
def test_a_mutation_with_an_error_in_its_objects_place_is_in_doubt(
    data: object, denied: dict[str, object]
) -> None:
    answer = create({"data": data, "errors": [denied]})
    assert expect(Unclear, answer).reason is DoubtReason.GRAPHQL_ERROR


def test_an_error_below_a_mutation_that_ran_is_a_warning() -> None:
    missing = error("ACCESS_DENIED", path=["orderUpdate", "order", "shippingAddress"])
    body = {"data": {"orderUpdate": {"order": ORDER, "userErrors": []}}, "errors": [missing]}
    assert expect(Done, answer_to("order_update", body)).call.warnings == ("partial:ACCESS_DENIED",)


# every answer


def test_cost_and_request_id_are_read_from_every_answer() -> None:
    created = {"orderCreate": {"order": ORDER, "userErrors": []}}
    body = {"data": created, "extensions": {"cost": cost_of(10, 10, 2000.0, 1990, 100.0)}}
    answer = create(body, x_request_id="req-1", x_shopify_api_version=VERSION)
    assert (answer.request_id, answer.sent_at) == ("req-1", SENT)
    assert answer.cost == Cost(10.0, 10.0, 2000.0, 1990.0, 100.0)


@pytest.mark.parametrize("cost", [None, 7, {}, {"requestedQueryCost": 1, "throttleStatus": []}])
def test_an_unreadable_cost_is_no_cost(cost: object) -> None:
    body = {"data": {"orderByIdentifier": None}, "extensions": {"cost": cost}}
    assert expect(Done, find(body)).cost is None


def test_another_api_version_than_asked_for_is_a_warning() -> None:
    headers = {"x_shopify_api_version": "2026-01", "x_shopify_api_deprecated_reason": "soon"}
    answer = find({"data": {"orderByIdentifier": None}}, **headers)
    assert expect(Done, answer).call.warnings == ("api_version_served:2026-01", "deprecated")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (httpx.ReadTimeout(""), DoubtReason.READ_TIMEOUT),
        (TimeoutError(), DoubtReason.DEADLINE),
        (httpx.ReadError(""), DoubtReason.CONNECTION_LOST),
        (httpx.WriteError(""), DoubtReason.CONNECTION_LOST),
        (httpx.RemoteProtocolError(""), DoubtReason.CONNECTION_LOST),
        (httpx.ConnectTimeout(""), DoubtReason.CONNECTION_LOST),
        (RuntimeError(""), DoubtReason.CONNECTION_LOST),
    ],
)
def test_whatever_fails_once_the_bytes_were_written_leaves_the_call_in_doubt(
    failure: Exception, reason: DoubtReason
) -> None:
    assert expect(Unclear, classify_failure(failure, SENT, SENT)).reason is reason
    expect(Unreachable, classify_failure(failure, SENT, None))
