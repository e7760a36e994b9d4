"""Reads query and body parameters as TikTok does; what does not fit is refused as 36009004."""

from collections.abc import Mapping, Sequence

from simulators.tiktok.envelope import bad_parameter
from simulators.tiktok.shelf import Window

Query = Mapping[str, str]
Body = Mapping[str, object]


def page_size(query: Query, low: int, high: int, default: int | None = None) -> int:
    """`page_size`, required when there is no default."""
    text = query.get("page_size")
    if text is None and default is not None:
        return default
    if text is None:
        raise bad_parameter("PageSize is a required field")
    if not text.isdecimal() or not low <= int(text) <= high:
        raise bad_parameter(f"Invalid 'page_size': must be between {low} and {high}.")
    return int(text)


def choice(query: Query, name: str, allowed: Sequence[str], default: str) -> str:
    """One of the allowed words."""
    value = query.get(name, default)
    if value not in allowed:
        raise bad_parameter(f"Invalid '{name}': must be one of {', '.join(allowed)}.")
    return value


def word(body: Body, name: str, allowed: Sequence[str] = ()) -> str | None:
    """A text of the body, one of the allowed ones if there are any; absent or empty is None."""
    value = body.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or (allowed and value not in allowed):
        raise bad_parameter(f"Invalid '{name}': {', '.join(allowed) or 'must be a string'}.")
    return value


def words(body: Body, name: str, most: int | None = None) -> frozenset[str]:
    """A list of texts of the body; absent is empty."""
    value = body.get(name)
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_parameter(f"Invalid '{name}': must be a list of strings.")
    if most is not None and len(value) > most:
        raise bad_parameter(f"Invalid '{name}': at most {most}.")
    return frozenset(value)


def flag(body: Body, name: str) -> bool | None:
    """A boolean of the body."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_parameter(f"Invalid '{name}': must be a boolean.")
    return value


def window(body: Body, field: str, *, closed: bool = False) -> Window:
    """`<field>_ge` and `<field>_lt` (products say `_le`: `closed`), unix seconds."""
    ge = _seconds(body, f"{field}_ge")
    if not closed:
        return Window(ge, _seconds(body, f"{field}_lt"))
    le = _seconds(body, f"{field}_le")
    return Window(ge, None if le is None else le + 1)


def _seconds(body: Body, name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise bad_parameter(f"Invalid '{name}': must be unix time in seconds.")
    return value
