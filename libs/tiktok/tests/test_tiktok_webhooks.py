import json
from datetime import UTC, datetime
from typing import Any

import pytest
from libs.tiktok.tests.recorded_tiktok import golden

from tiktok.webhooks import EventKind, NotificationUnreadable, is_genuine, read_notification

VECTORS = golden("signature_vectors")["webhook"]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_notification_is_verified_as_in_the_published_vectors(vector: dict[str, Any]) -> None:
    key, secret = vector["app_key"], vector["app_secret"]
    body, signature = vector["raw_body"].encode(), vector["authorization"]
    assert is_genuine(key, secret, body, signature)
    assert not is_genuine(key, secret, body + b" ", signature)
    assert not is_genuine("other", secret, body, signature)
    assert not is_genuine(key, "other", body, signature)


@pytest.mark.parametrize("header", [None, "", "Bearer x", "é", "0" * 64])
def test_any_other_header_is_not_genuine(header: str | None) -> None:
    assert not is_genuine("k", "s", b"{}", header)


def test_an_order_notification_names_its_order() -> None:
    notification = read_notification(VECTORS[0]["raw_body"].encode())
    assert notification.kind == EventKind.ORDER_STATUS_CHANGE
    assert notification.notification_id == "7380066284010030890"
    assert notification.shop_id == "7495540735365777507"
    assert notification.sent_at == datetime(2024, 6, 13, 19, 6, 25, tzinfo=UTC)
    assert notification.order_ids == ("576653688135258178",)


def test_the_oldest_kind_has_no_notification_id() -> None:
    assert read_notification(VECTORS[1]["raw_body"].encode()).notification_id == ""


def test_a_package_notification_names_every_order_once() -> None:
    data = {
        "sc_type": "COMBINE",
        "package_list": [
            {"package_id": "1", "order_id_list": ["576", "577"]},
            {"package_id": "2", "order_id_list": [577]},
            "nonsense",
        ],
    }
    body = json.dumps({"type": 4, "shop_id": "749", "timestamp": 1, "data": data}).encode()
    assert read_notification(body).order_ids == ("576", "577")


def test_a_product_notification_names_its_product_also_as_a_number() -> None:
    body = b'{"type":5,"shop_id":"749","data":{"product_id":1729582718312380123}}'
    notification = read_notification(body)
    assert notification.product_ids == ("1729582718312380123",)
    assert notification.sent_at is None


def test_an_unknown_kind_and_an_odd_time_are_read() -> None:
    body = b'{"type":999,"shop_id":"749","timestamp":99999999999999999,"data":null}'
    notification = read_notification(body)
    assert (notification.kind, notification.order_ids, notification.sent_at) == (999, (), None)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"type":"1","shop_id":"7"}', b'{"type":1}', b"\xff"]
)
def test_a_body_that_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(NotificationUnreadable, match="notification: expected"):
        read_notification(body)
