"""orderCreate: at most one call that may have worked, and what each answer means."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.world.story import BUYER, NOW, STORE
from tests.world.writer import a_draft

from mapping.recipient import Buyer
from ordersync_contracts.reasons import CATALOGUE
from runtime.session import Lease, LeaseLost
from shopify.answers import CallFacts, Refused, Unauthorized
from shopify.client import ShopifyClient
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind, UserError
from shopify.tokens import StaticTokens
from shopify.transport import open_http
from shopify_jobs.failures import Failure, Unknown, failure
from shopify_jobs.left_out import LeftOut
from shopify_writer.creation import outcomes
from shopify_writer.creation.order_create import Wanted, create_order
from shopify_writer.domain import InShopify

CALL = CallFacts(sent_at=NOW, request_id="request-1")

MADE = {
    "id": "gid://shopify/Order/1",
    "legacyResourceId": "1",
    "name": "#1001",
    "createdAt": "2026-11-25T12:00:00Z",
    "processedAt": "2026-11-25T09:00:00Z",
    "sourceIdentifier": "576461413038785752",
}


def ok(**payload: Any) -> httpx.Response:
    payload = {"order": None, "userErrors": []} | payload
    return httpx.Response(
        200, json={"data": {"orderCreate": payload}}, headers={"X-Request-Id": "request-1"}
    )


def refused(message: str, *field: str, code: str | None = None) -> httpx.Response:
    return ok(userErrors=[{"code": code, "field": ["order", *field], "message": message}])


class Shopify:
    """Answers with the given responses in turn; keeps the orders it was sent."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.orders: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.orders.append(json.loads(request.content)["variables"]["order"])
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @asynccontextmanager
    async def client(self) -> AsyncIterator[ShopifyClient]:
        async with open_http(transport=httpx.MockTransport(self)) as http:
            yield ShopifyClient(http, StaticTokens({STORE: "planted"}), clock=lambda: NOW)


@pytest.fixture
def create(lease: Lease) -> Callable[[Shopify], Any]:
    """Creates the one order against these answers."""

    async def run(shopify: Shopify) -> Any:
        async with shopify.client() as client:
            wanted = Wanted(a_draft(), Buyer(BUYER, "Ring twice"))
            return await create_order(client, wanted, lease.check)

    return run


async def test_a_created_order_is_told_by_id_name_and_date(create: Any) -> None:
    assert await create(Shopify(ok(order=MADE))) == InShopify(
        "gid://shopify/Order/1", "#1001", datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("answer", "part", "absent"),
    [
        (refused("Phone is invalid", "shippingAddress", "phone"), "phone", "phone"),
        (refused("Phone has already been taken"), "phone", "phone"),
        (refused("Enter a ZIP code", "shippingAddress", "zip"), "zip", "zip"),
        (refused("Odd words", "shippingAddress", "province"), "province", "provinceCode"),
        (refused("State is not a valid state in United States"), "province", "provinceCode"),
        (refused("Enter a ZIP code", "shippingAddress"), "zip", "zip"),
        (refused("Odd words", "shippingAddress"), "address", "shippingAddress"),
        (refused("Odd words", "shippingAddress", "country"), "address", "shippingAddress"),
        (refused("Odd words", "billingAddress", "city"), "city", "city"),
        (refused("Email is invalid", "customer"), "customer", "customer"),
        (refused("Odd words", "customer", "toUpsert", "email"), "customer", "customer"),
        (refused("Odd words", "email"), "customer", "customer"),
        (refused("Phone has already been taken", "customer"), "customer", "customer"),
        (refused("Note is too long (maximum is 5000 characters)", "note"), "note", "note"),
        (refused("Odd words", "note", code="INVALID"), "note", "note"),
    ],
)
async def test_a_refused_part_of_the_buyer_s_data_never_stops_an_order(
    create: Any, answer: httpx.Response, part: str, absent: str
) -> None:
    shopify = Shopify(answer, ok(order=MADE))
    made = await create(shopify)
    assert made.left_out == (part,)
    first, second = shopify.orders
    present = {*first, *first["shippingAddress"]}
    assert absent in present
    assert absent not in {*second, *second.get("shippingAddress", {})}


@pytest.mark.parametrize(
    ("field", "said"),
    [("firstName", "customer's first name"), ("lastName", "customer's last name")],
)
async def test_a_refused_name_of_the_customer_leaves_the_customer(
    create: Any, field: str, said: str
) -> None:
    words = "First name is too long (maximum is 255 characters)"
    shopify = Shopify(refused(words, "customer", "toUpsert", field), ok(order=MADE))
    assert (await create(shopify)).left_out == (said,)
    assert "email" in shopify.orders[1]["customer"]["toUpsert"]
    assert field not in shopify.orders[1]["customer"]["toUpsert"]


async def test_a_refused_last_name_is_never_empty_for_the_address_would_be_dropped(
    create: Any,
) -> None:
    shopify = Shopify(refused("Odd words", "shippingAddress", "lastName"), ok(order=MADE))
    assert (await create(shopify)).left_out == ("last name",)
    assert shopify.orders[1]["shippingAddress"]["lastName"] == "-"


async def test_all_parts_that_one_answer_refuses_are_left_out_at_once(create: Any) -> None:
    errors = [
        {"code": "INVALID", "field": ["order", "shippingAddress", name], "message": "is odd"}
        for name in ("phone", "zip")
    ]
    shopify = Shopify(ok(userErrors=errors), ok(order=MADE))
    assert (await create(shopify)).left_out == ("phone", "zip")


async def test_several_refused_parts_are_left_out_one_after_the_other(create: Any) -> None:
    shopify = Shopify(
        refused("Phone is invalid", "shippingAddress", "phone"),
        refused("Email is invalid", "customer"),
        refused("Enter a city", "shippingAddress", "city"),
        ok(order=MADE),
    )
    assert (await create(shopify)).left_out == ("city", "customer", "phone")


async def test_after_the_field_its_parent_is_left_out_and_then_the_order_is_refused(
    create: Any,
) -> None:
    zip_code = ("Enter a ZIP code", "shippingAddress", "zip")
    shopify = Shopify(refused(*zip_code), refused(*zip_code), ok(order=MADE))
    assert (await create(shopify)).left_out == ("address",)
    shopify = Shopify(*[refused(*zip_code) for _ in range(3)])
    assert await create(shopify) == Failure(
        "shopify_refused", "", "order.shippingAddress.zip", "request-1"
    )
    assert len(shopify.orders) == 3


async def test_whatever_shopify_refuses_of_the_buyer_the_calls_end(create: Any) -> None:
    fields = ["firstName", "lastName", "address1", "address2", "city", "zip", "phone", "company"]
    answers = [refused("Odd words", "shippingAddress", name) for name in fields * 3]
    shopify = Shopify(*answers)
    assert (await create(shopify)).reason_code == "shopify_refused"
    assert len(shopify.orders) <= len(fields) + 2


@pytest.mark.parametrize("at", [("lineItems",), ("metafields", "0"), ("tags",), ("sourceName",)])
async def test_what_is_about_anything_else_leaves_no_part_of_the_buyer_out(
    create: Any, at: tuple[str, ...]
) -> None:
    shopify = Shopify(refused("Phone, email, zip and note are odd", *at))
    assert (await create(shopify)).field == ".".join(("order", *at))
    assert len(shopify.orders) == 1


async def test_a_taken_id_beside_a_refused_phone_is_looked_up_and_not_created_again(
    create: Any,
) -> None:
    errors = [
        {"code": None, "field": ["order", "phone"], "message": "Phone is invalid"},
        {"code": "TAKEN", "field": ["order", "metafields", "0", "value"], "message": "taken"},
    ]
    shopify = Shopify(ok(userErrors=errors))
    assert await create(shopify) == Unknown()
    assert len(shopify.orders) == 1


async def test_stock_that_does_not_suffice_is_said_and_nothing_is_left_out_for_it(
    create: Any,
) -> None:
    errors = [
        {"code": "INVALID", "field": ["order", "phone"], "message": "Phone is invalid"},
        {
            "code": "INVALID",
            "field": ["order", "lineItems"],
            "message": "Line items Unable to reserve inventory",
        },
    ]
    shopify = Shopify(ok(userErrors=errors))
    assert await create(shopify) == Failure(
        "stock_claim_failed", "INVALID", "order.lineItems", "request-1"
    )
    assert len(shopify.orders) == 1


async def test_a_throttled_call_was_not_executed_and_is_made_again(create: Any) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "0.0"})
    shopify = Shopify(busy, busy, ok(order=MADE))
    assert isinstance(await create(shopify), InShopify)
    assert len(shopify.orders) == 3


async def test_a_store_that_wants_to_be_left_alone_for_long_ends_the_attempt(create: Any) -> None:
    shopify = Shopify(httpx.Response(429, headers={"Retry-After": "60"}))
    assert await create(shopify) == Failure("throttled", wait_s=60.0)
    assert len(shopify.orders) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(500),
        httpx.Response(503, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text='{"data": {"orderCr'),
        httpx.Response(200, json={"errors": [{"message": "Internal error"}]}),
        ok(),
        ok(order=MADE, userErrors=[{"code": None, "field": None, "message": "but"}]),
    ],
    ids=["read", "reset", "cut", "500", "503", "html", "half", "errors", "null", "partial"],
)
async def test_an_answer_that_does_not_say_is_unknown_and_nothing_is_repeated(
    create: Any, answer: httpx.Response | Exception
) -> None:
    shopify = Shopify(answer)
    assert await create(shopify) == Unknown()
    assert len(shopify.orders) == 1


async def test_an_id_that_is_taken_may_be_an_order_of_ours(create: Any) -> None:
    taken = refused(
        "Value has already been taken", "metafields", "0", "value", code="CAPABILITY_VIOLATION"
    )
    assert await create(Shopify(taken)) == Unknown()


async def test_what_our_own_doing_without_is_unknown_too(create: Any) -> None:
    taken = refused("must be unique", "metafields", "0", "value")
    shopify = Shopify(refused("Phone is invalid", "shippingAddress", "phone"), taken)
    assert await create(shopify) == Unknown()


async def test_nothing_is_written_without_the_lease(lease: Lease) -> None:
    lease.end()
    shopify = Shopify(ok(order=MADE))
    async with shopify.client() as client:
        with pytest.raises(LeaseLost):
            await create_order(client, Wanted(a_draft(), Buyer(BUYER)), lease.check)
    assert shopify.orders == []


async def test_a_call_that_never_left_us_is_no_doubt(create: Any) -> None:
    class Unreachable(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

    async with open_http(transport=Unreachable()) as http:
        client = ShopifyClient(http, StaticTokens({STORE: "planted"}), clock=lambda: NOW)
        made = await create_order(client, Wanted(a_draft(), Buyer()), lambda: None)
    assert made == Failure("shopify_unavailable")


@pytest.mark.parametrize(
    ("kind", "reason_code"),
    [
        (RefusalKind.TOO_MANY_ATTEMPTS, "too_many_attempts"),
        (RefusalKind.VARIANT_MISSING, "variant_deleted"),
        (RefusalKind.INVENTORY_CLAIM_FAILED, "stock_claim_failed"),
        (RefusalKind.SHOP_DORMANT, "shop_frozen"),
        (RefusalKind.OTHER, "shopify_refused"),
        (RefusalKind.CURRENCY_MISMATCH, "shopify_refused"),
    ],
)
def test_a_refusal_has_a_reason_of_the_catalogue(kind: RefusalKind, reason_code: str) -> None:
    answer = Refused((UserError("CODE", ("order", "x"), kind),), call=CALL)
    expected = Failure(reason_code, "CODE", "order.x", "request-1")
    assert outcomes.after_refusal(answer, LeftOut(), {}) == expected


def test_of_several_refusals_the_one_with_a_reason_of_its_own_is_told() -> None:
    errors = (
        UserError(None, (), RefusalKind.OTHER),
        UserError("INVENTORY_CLAIM_FAILED", (), RefusalKind.INVENTORY_CLAIM_FAILED),
    )
    assert (
        failure(Refused(errors, call=CALL), outcomes.REFUSALS).reason_code == "stock_claim_failed"
    )


@pytest.mark.parametrize("kind", list(DenialKind))
def test_every_denial_has_a_reason_of_the_catalogue(kind: DenialKind) -> None:
    why = failure(Unauthorized(kind, ("write_orders",), call=CALL), outcomes.REFUSALS)
    assert why.reason_code in CATALOGUE
    assert (why.shopify_code, why.field) == (kind.value, "write_orders")


async def test_nothing_that_shopify_echoes_is_kept(create: Any) -> None:
    shopify = Shopify(refused("Planted Petra's street is odd", "note"))
    assert "Petra" not in repr(await create(shopify))
