"""The envelope around every answer, and the refusals in it (Partner Center: "Common errors").

`{code, message, request_id, data}`; code 0 is success, and then data is an object.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

_MORE = "For more details: https://m.tiktok.shop/s/AIu6dbFhs2XW"


class Refused(Exception):
    """The platform says no: its code, the HTTP status that comes with it, its words."""

    def __init__(self, code: int, http: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.http = http
        self.message = message


def bad_parameter(message: str) -> Refused:
    """36009004, the catch-all for parameters: only the message tells which."""
    return Refused(36009004, 400, message)


def bad_credential(message: str) -> Refused:
    """36009004 in the wording of the live captures for credentials."""
    return bad_parameter(f"Invalid credentials. {message} {_MORE}")


def bad_signature() -> Refused:
    """106001, as captured live."""
    text = f"Invalid credentials. The 'sign' query parameter is invalid. {_MORE}"
    return Refused(106001, 401, text)


class RequestIds:
    """request_id = 14 digits of UTC time and 20 of hex, never the same twice."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._count = 0

    def take(self) -> str:
        """The next one."""
        self._count += 1
        return f"{datetime.fromtimestamp(self._now(), UTC):%Y%m%d%H%M%S}{self._count:020X}"


def to_json(value: object) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def success(data: bytes, request_id: str, message: str = "Success") -> bytes:
    """The envelope of code 0 around `data`, which is JSON text already."""
    head = f'{{"code":0,"message":"{message}","request_id":"{request_id}","data":'
    return head.encode() + data + b"}"


def failure(code: int | str, message: str, request_id: str) -> bytes:
    """The envelope of a refusal."""
    return to_json({"code": code, "message": message, "request_id": request_id, "data": None})
