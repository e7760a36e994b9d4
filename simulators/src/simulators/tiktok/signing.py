"""TikTok Shop's signatures, written from the description and not shared with any client.

Partner Center: "Sign your API request" and "TikTok Shop webhooks overview".
"""

import hashlib
import hmac
from collections.abc import Mapping

_UNSIGNED = ("sign", "access_token")


def request_signature(
    secret: str, path: str, query: Mapping[str, str], body: bytes, content_type: str = ""
) -> str:
    """The `sign` of a request; `query` decoded, `body` the bytes as sent (multipart: left out)."""
    parts = [path.encode()]
    parts += [f"{key}{query[key]}".encode() for key in sorted(query) if key not in _UNSIGNED]
    if not content_type.startswith("multipart/form-data"):
        parts.append(body)
    wrapped = secret.encode() + b"".join(parts) + secret.encode()
    return _hex(secret, wrapped)


def webhook_signature(app_key: str, secret: str, body: bytes) -> str:
    """The `Authorization` header of a webhook over its raw body."""
    return _hex(secret, app_key.encode() + body)


def same(left: str, right: str) -> bool:
    """Compares two signatures in constant time; any text is allowed."""
    return hmac.compare_digest(left.encode(), right.encode())


def _hex(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
