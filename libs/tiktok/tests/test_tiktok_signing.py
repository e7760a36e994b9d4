from typing import Any

import pytest
from libs.tiktok.tests.recorded_tiktok import golden
from tiktok_shop_api.signing import Signer

from tiktok.signing import sign

VECTORS = golden("signature_vectors")
REQUESTS = VECTORS["request"]


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda vector: vector["name"])
def test_a_request_is_signed_as_in_the_published_vectors(vector: dict[str, Any]) -> None:
    body = (vector["body"] or "").encode()
    assert sign(vector["app_secret"], vector["path"], vector["query"], body) == vector["sign"]


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda vector: vector["name"])
def test_another_implementation_signs_alike(vector: dict[str, Any]) -> None:
    theirs = Signer.sign(
        path=vector["path"],
        query=list(vector["query"].items()),
        content_type="application/json",
        body=vector["body"],
        app_secret=vector["app_secret"],
    )
    assert theirs == vector["sign"]


@pytest.mark.parametrize(
    ("secret", "path", "query", "body", "expected"),
    [
        (
            "e59af819cc",
            "/event/202309/webhooks",
            {
                "app_key": "68xu9ks5p4i8",
                "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK",
                "timestamp": "1696909648",
            },
            '{"event_type":"PACKAGE_UPDATE","address":"https://partner.tiktokshop.com"}',
            "701dd6deb2389fe4c469b89bd37fc56f96a6da6afeb4d01c9077a65169752fa7",
        ),
        (
            "app_secret",
            "/test-api",
            {"foo": "bar"},
            "",
            "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f",
        ),
        (
            "test_app_secret",
            "/event/202309/webhooks",
            {"app_key": "test_app_key", "shop_cipher": "ROW_testcipher", "timestamp": "1696909000"},
            '{"event_type":"ORDER_STATUS_CHANGE"}',
            "2a8655fde4b65689de75ee7a6b78b523ed7f8ed269fe2217c3dd402df5dc85bd",
        ),
    ],
)
def test_further_vectors_hold(
    secret: str, path: str, query: dict[str, str], body: str, expected: str
) -> None:
    assert sign(secret, path, query, body.encode()) == expected


def test_a_multipart_body_is_not_signed() -> None:
    vector = VECTORS["multipart"]
    secret, path, query, body = (vector[key] for key in ("app_secret", "path", "query", "body"))
    content_type = "multipart/form-data; boundary=x"
    signed = sign(secret, path, query, body.encode(), content_type=content_type)
    assert signed == vector["sign"]


def test_every_part_changes_the_signature() -> None:
    query = {"app_key": "k", "timestamp": "1"}
    signatures = {
        sign("s", "/p", query, b"{}"),
        sign("t", "/p", query, b"{}"),
        sign("s", "/q", query, b"{}"),
        sign("s", "/p", {**query, "timestamp": "2"}, b"{}"),
        sign("s", "/p", query, b"{ }"),
        sign("s", "/p", query),
    }
    assert len(signatures) == 6
