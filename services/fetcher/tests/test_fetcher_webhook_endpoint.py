"""TikTok's notifications are checked, kept and thanked for; nothing else gets in."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from fetcher.metrics import Metrics
from fetcher.webhooks.endpoint import LONGEST_BODY, PATH, WebhookEndpoint
from tiktok.calls import App

NEW, OLD = App("key", "secret"), App("key", "secret of last month")
SHOP_ID = "7495514739512345678"


def body(notification_id: str = "7380066284010030890", **changes: Any) -> bytes:
    said = {
        "type": 1,
        "tts_notification_id": notification_id,
        "shop_id": SHOP_ID,
        "timestamp": 1_795_000_000,
        "data": {"order_id": "576461413038785752", "order_status": "AWAITING_SHIPMENT"},
    }
    return json.dumps(said | changes).encode()


def signed(raw: bytes, app: App = NEW) -> dict[str, str]:
    key, text = app.secret.encode(), app.key.encode() + raw
    return {"Authorization": hmac.new(key, text, hashlib.sha256).hexdigest()}


class Door:
    """The endpoint and who is told that something arrived."""

    def __init__(self, home: Any) -> None:
        self.home = home
        self.arrivals = 0
        metrics = Metrics(CollectorRegistry())
        endpoint = WebhookEndpoint((NEW, OLD), home.inbox, self.arrived, home.clock, metrics)
        transport = httpx.ASGITransport(endpoint)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://door")

    def arrived(self) -> None:
        self.arrivals += 1

    async def post(self, raw: bytes, headers: dict[str, str] | None = None) -> int:
        asked = signed(raw) if headers is None else headers
        answer = await self.http.post(PATH, content=raw, headers=asked)
        assert answer.content == b""
        return answer.status_code


@pytest.fixture
async def door(home: Any) -> AsyncIterator[Door]:
    made = Door(home)
    async with made.http:
        yield made


async def test_a_genuine_notification_is_kept_before_it_is_answered(door: Door) -> None:
    assert await door.post(body()) == 200
    (kept,) = door.home.inbox.kept.values()
    assert kept.row["order_ids"] == ["576461413038785752"]
    assert (kept.row["kind"], kept.row["shop_id"]) == (1, SHOP_ID)
    assert door.arrivals == 1


async def test_a_repeated_notification_is_thanked_for_and_not_kept_again(door: Door) -> None:
    assert [await door.post(body()) for _ in range(3)] == [200] * 3
    assert len(door.home.inbox.kept) == 1
    assert door.arrivals == 1


async def test_the_oldest_kind_without_an_id_is_known_by_what_it_says(door: Door) -> None:
    old = [body("", timestamp=at) for at in (1, 1, 2)]
    assert [await door.post(raw) for raw in old] == [200] * 3
    assert len(door.home.inbox.kept) == 2


async def test_the_old_secret_is_accepted_while_it_is_changed(door: Door) -> None:
    raw = body()
    assert await door.post(raw, signed(raw, OLD)) == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "0" * 64}, signed(body("another"))],
    ids=["none", "empty", "wrong", "of another body"],
)
async def test_a_bad_signature_is_refused_and_nothing_kept(
    door: Door, headers: dict[str, str]
) -> None:
    assert await door.post(body(), headers) == 401
    assert not door.home.inbox.kept


async def test_a_signature_over_the_same_json_written_otherwise_is_refused(door: Door) -> None:
    raw = body()
    spaced = json.dumps(json.loads(raw), indent=1).encode()
    assert await door.post(spaced, signed(raw)) == 401


@pytest.mark.parametrize(
    "raw",
    [b"not JSON", b"[]", b'{"type": 1', b"", body(shop_id=""), body(type="one")],
    ids=["text", "list", "cut off", "empty", "no shop", "no type"],
)
async def test_a_genuine_body_that_is_no_notification_is_refused(door: Door, raw: bytes) -> None:
    assert await door.post(raw) == 400
    assert not door.home.inbox.kept


async def test_a_body_of_ten_megabytes_is_refused_by_its_announcement(door: Door) -> None:
    raw = b" " * 10_000_000
    assert await door.post(raw) == 413
    assert not door.home.inbox.kept


async def test_a_body_that_hides_its_length_is_not_read_to_its_end(door: Door) -> None:
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b" " * 16_384, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    endpoint = door.home.service.endpoints["webhooks"]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": []}
    await endpoint(scope, receive, send)
    assert sent[0]["status"] == 413
    assert read == LONGEST_BODY // 16_384 + 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", PATH, 405), ("POST", "/", 404), ("POST", "/webhooks/shopify", 404)],
)
async def test_only_posts_to_its_path_are_taken(
    door: Door, method: str, path: str, status: int
) -> None:
    raw = body()
    answer = await door.http.request(method, path, content=raw, headers=signed(raw))
    assert answer.status_code == status
    assert not door.home.inbox.kept


@pytest.mark.parametrize(
    "error", [asyncpg.InterfaceError("closed"), ConnectionResetError()], ids=["closed", "reset"]
)
async def test_what_cannot_be_kept_is_not_thanked_for(
    door: Door, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def put(*_: Any) -> bool:
        raise error

    monkeypatch.setattr(door.home.inbox, "put", put)
    assert await door.post(body()) == 503
    assert not door.arrivals


async def test_a_store_that_hangs_is_given_up_before_tiktok_does(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(*_: Any) -> bool:
        raise TimeoutError

    monkeypatch.setattr(door.home.inbox, "put", put)
    assert await door.post(body()) == 503


async def test_no_log_line_says_what_a_body_says(door: Door) -> None:
    planted = body(data={"order_id": "1", "message": "Petra Plantedbuyer"})
    with capture_logs() as logs:
        await door.post(planted, {})
        await door.post(planted)
        await door.post(b"Petra Plantedbuyer")
    assert "Planted" not in str(logs)
    assert door.home.inbox.kept
    assert "Planted" not in str(door.home.inbox.kept)


async def test_the_end_of_an_authorisation_comes_as_text(door: Door, home: Any) -> None:
    ends_at = home.now.replace(microsecond=0) + timedelta(days=20)
    data = {"message": "…", "expiration_time": str(int(ends_at.timestamp()))}
    assert await door.post(body(type=7, data=data)) == 200
    (kept,) = home.inbox.kept.values()
    assert kept.row["expires_at"] == ends_at
