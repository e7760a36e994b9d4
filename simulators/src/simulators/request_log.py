"""What `GET /_sim/requests` shows: the last requests on the real paths, with their outcome."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Scope


@dataclass(slots=True)
class LoggedRequest:
    """One request; `status` stays None when no answer was sent (time-out, reset)."""

    at: float
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    status: int | None = None

    def shown(self) -> dict[str, object]:
        """As JSON: `at` in unix seconds, query and headers as objects, body as received."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "query": dict(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True)),
            "headers": {k.decode("latin-1"): v.decode("latin-1") for k, v in self.headers},
            "body": self.body.decode("utf-8", "replace"),
            "status": self.status,
        }


class RequestLog:
    """The newest `limit` requests, oldest first. `now` gives unix seconds."""

    def __init__(self, now: Callable[[], float], limit: int = 20_000) -> None:
        self._now = now
        self._requests: deque[LoggedRequest] = deque(maxlen=limit)

    def add(self, scope: Scope, body: bytes) -> LoggedRequest:
        """Notes a request on arrival; whoever answers sets its status."""
        request = LoggedRequest(
            at=self._now(),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"],
            headers=list(scope["headers"]),
            body=body,
        )
        self._requests.append(request)
        return request

    def clear(self) -> None:
        """Forgets everything."""
        self._requests.clear()

    def shown(self) -> list[dict[str, object]]:
        """All of them as JSON."""
        return [request.shown() for request in self._requests]
