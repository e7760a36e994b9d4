"""The request signature of Open API 202309 and later. Pure.

Partner Center "Sign your API request": secret + path + sorted key-value pairs + body + secret,
HMAC-SHA256 with the app secret, lower-case hex.
"""

import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED = frozenset({"sign", "access_token"})


def sign(
    app_secret: str,
    path: str,
    query: Mapping[str, str],
    body: bytes = b"",
    *,
    content_type: str = "application/json",
) -> str:
    """Return the ``sign`` parameter of a request.

    ``query`` holds the decoded values, ``path`` neither host nor query, ``body`` the very bytes
    that are sent (a multipart body is not signed).
    """
    pairs = "".join(f"{key}{query[key]}" for key in sorted(query) if key not in UNSIGNED)
    signed_body = b"" if content_type.lower().startswith("multipart/form-data") else body
    secret = app_secret.encode()
    message = secret + f"{path}{pairs}".encode() + signed_body + secret
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
