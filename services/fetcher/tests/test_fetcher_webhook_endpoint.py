"""TikTok's notifications are checked, kept and thanked for; nothing else gets in."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry
from services.fetcher.tests.notifications import NEW, OLD, body, signed
from structlog.testing import capture_logs
from tests.world.story import SHOP_ID

from fetcher.metrics import Metrics
from fetcher.webhooks.endpoint import LONGEST_BODY, PATH, WebhookEndpoint


class OpenEndpoint:
    """The endpoint and who is told that something arrived."""

    def __init__(self, home: Any) -> None:
        self.home = home
        self.arrivals = 0
        metrics = Metrics(CollectorRegistry())
        endpoint = WebhookEndpoint((NEW, OLD), home.inbox, self.arrived, home.clock, metrics)
        transport = httpx.ASGITransport(endpoint)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://app")

    def arrived(self) -> None:
        self.arrivals += 1

    async def post(self, raw: bytes, headers: dict[str, str] | None = None) -> int:
        asked = signed(raw) if headers is None else headers
        answer = await self.http.post(PATH, content=raw, headers=asked)
        assert answer.content == b""
        return answer.status_code


@pytest.fixture
async def opened(home: Any) -> AsyncIterator[OpenEndpoint]:
    made = OpenEndpoint(home)
    async with made.http:
        yield made


async def test_a_genuine_notification_is_kept_before_it_is_answered(opened: OpenEndpoint) -> None:
    assert await opened.post(body()) == 200
    (kept,) = opened.home.inbox.kept.values()
    assert kept.row["order_ids"] == ["576461413038785752"]
    assert (kept.row["kind"], kept.row["shop_id"]) == (1, SHOP_ID)
    assert opened.arrivals == 1


async def test_a_repeated_notification_is_thanked_for_and_not_kept_again(
    opened: OpenEndpoint,
) -> None:
    assert [await opened.post(body()) for _ in range(3)] == [200] * 3
    assert len(opened.home.inbox.kept) == 1
    assert opened.arrivals == 1


async def test_the_oldest_kind_without_an_id_is_known_by_what_it_says(opened: OpenEndpoint) -> None:
    old = [body("", timestamp=at) for at in (1, 1, 2)]
    assert [await opened.post(raw) for raw in old] == [200] * 3
    assert len(opened.home.inbox.kept) == 2


async def test_the_old_secret_is_accepted_while_it_is_changed(opened: OpenEndpoint) -> None:
    raw = body()
    assert await opened.post(raw, signed(raw, OLD)) == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "0" * 64}, signed(body("another"))],
    ids=["none", "empty", "wrong", "of another body"],
)
async def test_a_bad_signature_is_refused_and_nothing_kept(
    opened: OpenEndpoint, headers: dict[str, str]
) -> None:
    assert await opened.post(body(), headers) == 401
    assert not opened.home.inbox.kept


async def test_a_signature_over_the_same_json_written_otherwise_is_refused(
    opened: OpenEndpoint,
) -> None:
    raw = body()
    spaced = json.dumps(json.loads(raw), indent=1).encode()
    assert await opened.post(spaced, signed(raw)) == 401


@pytest.mark.parametrize(
    "raw",
    [
        b"not JSON",
        b"[]",
        b'{"type": 1',
        b"",
        body(shop_id=""),
        body(shop_id="7\x00"),
        body(type="one"),
        body(type=2**31),
        body(type=-1),
        body(type=True),
        body().replace(b'"type": 1', b'"type": ' + b"9" * 5000),
        b"[" * 30_000,
        b'{"type": 1, "shop_id": "7", "data": ' + b'{"a": ' * 9000 + b"1" + b"}" * 9001,
    ],
    ids=[
        "text",
        "list",
        "cut off",
        "empty",
        "no shop",
        "no shop of TikTok's",
        "no type",
        "a type that no column holds",
        "a type below zero",
        "true",
        "a type of 5,000 digits",
        "lists in lists",
        "objects in objects",
    ],
)
async def test_a_genuine_body_that_is_no_notification_is_refused(
    opened: OpenEndpoint, raw: bytes
) -> None:
    assert await opened.post(raw) == 400
    assert not opened.home.inbox.kept


@pytest.mark.parametrize(
    "odd",
    [r"\ud800", r"\udfff", r"\u0000", r"\ud83d\ude00"],
    ids=["half a pair", "the other half", "NUL", "a pair"],
)
async def test_what_no_column_takes_for_text_is_kept_without_it(
    opened: OpenEndpoint, odd: str
) -> None:
    """It is TikTok's, and says which order changed: it is not answered 503 for ever."""
    told = {"order_id": "5", "message": "ODD", "ODD": 1, "order_status": "ODD"}
    raw = body("ODD", data=told).replace(b"ODD", odd.encode())
    assert await opened.post(raw) == 200
    (kept,) = opened.home.inbox.kept.values()
    assert kept.row["order_ids"] == ["5"]
    assert len(kept.row["id"].encode()) == 64


async def test_ids_that_are_none_are_left_out_and_the_others_fetched(opened: OpenEndpoint) -> None:
    odd = ["1,2", "a b", "x" * 65, "", "7\x00", 8, True, None, ["9"]]
    packages = [{"order_id_list": odd}, {"order_id_list": None}, 5]
    raw = body(type=4, data={"package_list": packages, "order_id": "6"})
    assert await opened.post(raw) == 200
    (kept,) = opened.home.inbox.kept.values()
    assert kept.row["order_ids"] == ["6", "8"]


async def test_an_end_that_is_no_time_is_no_end(opened: OpenEndpoint) -> None:
    for n, ends in enumerate(["9" * 5000, "9" * 15, str(10**12), "-1", "soon", {}]):
        assert await opened.post(body(f"n{n}", type=7, data={"expiration_time": ends})) == 200
    assert {kept.row["expires_at"] for kept in opened.home.inbox.kept.values()} == {None}


async def test_a_body_of_ten_megabytes_is_refused_by_its_announcement(opened: OpenEndpoint) -> None:
    raw = b" " * 10_000_000
    assert await opened.post(raw) == 413
    assert not opened.home.inbox.kept


async def test_a_body_that_hides_its_length_is_not_read_to_its_end(opened: OpenEndpoint) -> None:
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b" " * 16_384, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    endpoint = opened.home.service.endpoints["webhooks"]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": []}
    await endpoint(scope, receive, send)
    assert sent[0]["status"] == 413
    assert read == LONGEST_BODY // 16_384 + 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", PATH, 405), ("POST", "/", 404), ("POST", "/webhooks/shopify", 404)],
)
async def test_only_posts_to_its_path_are_taken(
    opened: OpenEndpoint, method: str, path: str, status: int
) -> None:
    raw = body()
    answer = await opened.http.request(method, path, content=raw, headers=signed(raw))
    assert answer.status_code == status
    assert not opened.home.inbox.kept


@pytest.mark.parametrize(
    "error",
    [asyncpg.InterfaceError("closed"), ConnectionResetError(), TimeoutError()],
    ids=["closed", "reset", "a store that hangs is given up before TikTok does"],
)
async def test_what_cannot_be_kept_is_not_thanked_for(
    opened: OpenEndpoint, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def put(*_: Any) -> bool:
        raise error

    monkeypatch.setattr(opened.home.inbox, "put", put)
    assert await opened.post(body()) == 503
    assert not opened.arrivals


@pytest.mark.parametrize("error", [asyncpg.DataError("Planted"), ValueError("Planted")])
async def test_what_can_never_be_kept_is_refused_and_said(
    opened: OpenEndpoint, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def put(*_: Any) -> bool:
        raise error

    monkeypatch.setattr(opened.home.inbox, "put", put)
    with capture_logs() as logs:
        assert await opened.post(body()) == 400
    (line,) = [line for line in logs if line["event"] == "webhook.cannot_be_kept"]
    assert line["why"].startswith(type(error).__name__)
    assert "Planted" not in str(logs)


async def test_no_log_line_says_what_a_body_says(opened: OpenEndpoint) -> None:
    planted = body(data={"order_id": "1", "message": "Petra Plantedbuyer"})
    with capture_logs() as logs:
        await opened.post(planted, {})
        await opened.post(planted)
        await opened.post(b"Petra Plantedbuyer")
    assert "Planted" not in str(logs)
    assert opened.home.inbox.kept
    assert "Planted" not in str(opened.home.inbox.kept)


async def test_the_end_of_an_authorisation_comes_as_text(opened: OpenEndpoint, home: Any) -> None:
    ends_at = home.now.replace(microsecond=0) + timedelta(days=20)
    data = {"message": "…", "expiration_time": str(int(ends_at.timestamp()))}
    assert await opened.post(body(type=7, data=data)) == 200
    (kept,) = home.inbox.kept.values()
    assert kept.row["expires_at"] == ends_at
