"""The fields that a browser would send for a form of a page."""

from html.parser import HTMLParser

Attributes = dict[str, str | None]


def form_fields(page: str, action: str) -> dict[str, str]:
    """Hidden fields, switches that are on and chosen options of the form with this action."""
    reader = _Form(action)
    reader.feed(page)
    assert reader.found, f"no form to {action}"
    return reader.fields


class _Form(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.found = False
        self._action = action
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = (given.get("action") or "").split("?")[0] == self._action
            self.found = self.found or self._inside
        elif self._inside and tag == "select":
            self._select = given.get("name") or ""
        elif self._inside and tag == "option" and "selected" in given:
            self.fields[self._select] = given.get("value") or ""
        elif self._inside and tag == "input":
            self._input(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _input(self, given: Attributes) -> None:
        if given.get("type") == "hidden" or "checked" in given:
            self.fields[given.get("name") or ""] = given.get("value") or ""
