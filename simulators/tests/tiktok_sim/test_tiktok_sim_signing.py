"""The signatures agree with every known vector."""

import json
from pathlib import Path

import pytest

from simulators.tiktok.in_process import Json
from simulators.tiktok.signing import request_signature, webhook_signature

VECTORS = json.loads((Path(__file__).parent / "data/signature_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["request"], ids=lambda vector: vector["name"])
def test_request_signatures_are_those_of_the_vectors(vector: Json) -> None:
    body = (vector["body"] or "").encode()
    signed = request_signature(vector["app_secret"], vector["path"], vector["query"], body)
    assert signed == vector["sign"]


def test_a_multipart_body_is_not_signed() -> None:
    vector = VECTORS["multipart"]
    signed = request_signature(
        vector["app_secret"],
        vector["path"],
        vector["query"],
        b"anything",
        "multipart/form-data; boundary=x",
    )
    assert signed == vector["sign"]


def test_the_order_of_the_body_s_keys_matters() -> None:
    vector = next(case for case in VECTORS["request"] if case["name"].startswith("V2"))
    swapped = b'{"event_type":"PACKAGE_UPDATE","address":"https://partner.tiktokshop.com"}'
    signed = request_signature(vector["app_secret"], vector["path"], vector["query"], swapped)
    assert signed == "701dd6deb2389fe4c469b89bd37fc56f96a6da6afeb4d01c9077a65169752fa7"


@pytest.mark.parametrize("vector", VECTORS["webhook"], ids=lambda vector: vector["app_key"])
def test_webhook_signatures_are_those_of_the_vectors(vector: Json) -> None:
    signed = webhook_signature(vector["app_key"], vector["app_secret"], vector["raw_body"].encode())
    assert signed == vector["authorization"]
