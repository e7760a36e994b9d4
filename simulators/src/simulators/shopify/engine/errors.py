"""Top-level errors of the Admin GraphQL API: what `errors` holds beside or instead of `data`."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """A field that answers with a top-level error; its path is where it was raised."""

    def __init__(self, message: str, code: str, **extensions: object) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: Mapping[str, object] = {"code": code, **extensions}
        self.path: tuple[str | int, ...] = ()

    def as_json(self) -> Json:
        """One entry of `errors`."""
        error: Json = {"message": self.message, "extensions": dict(self.extensions)}
        if self.path:
            error["path"] = list(self.path)
        return error


class RequestRefused(Exception):
    """A request that is not executed at all: the answer is these errors, without data."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
