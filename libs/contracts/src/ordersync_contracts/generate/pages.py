"""The generated pages: events, topics, reasons, settings. Same declarations, same text."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ordersync_contracts import events, reasons, topics
from ordersync_contracts.events import Event
from ordersync_contracts.events.shop import ORDER_SETTINGS
from ordersync_contracts.generate.schemas import schema_of
from ordersync_contracts.settings import Declared
from ordersync_contracts.topics import DAY_MS, Topic

NOTE: Final = "<!-- Written by `make generate` from libs/contracts; change it there. -->"
_GROUPS: Final = (
    ("Not eligible", reasons.NOT_ELIGIBLE),
    ("Sync failed: cannot be translated", reasons.BLOCKED),
    ("Sync failed: not created in Shopify", reasons.FAILED),
    ("A later change or delivery status", reasons.UPDATE_FAILED),
    ("A withdrawn draft", reasons.WITHDRAWN),
    ("A paused side", reasons.PAUSED),
    ("An order that cannot be recorded", reasons.NOT_RECORDED),
)
_WHO: Final = {"you": "you", "us": "ordersync", "tiktok": "TikTok", "shopify": "Shopify"}


def events_page() -> str:
    """docs/events.md: every event with its topic, its producers and its fields."""
    intro = (
        "Every fact is one event, frozen and versioned. Its JSON leaves out fields that stand at "
        "their default; amounts are decimal strings, times are ISO 8601 in UTC. Schemas: "
        "`libs/contracts/schemas/`, examples: `libs/contracts/examples/`."
    )
    return _page("Events", intro, *(_event_section(event) for event in events.ALL))


def topics_page() -> str:
    """docs/topics.md: every topic with its events, producers, consumers and retention."""
    intro = (
        "The Kafka key is always the stream id. Beside its live topics each group has "
        "`<group>-replay` and `<group>-dead`."
    )
    header = ("topic", "events", "producers", "consumers", "partitions", "kept for")
    groups = [
        (f"`{group}`", f"`{topics.replay_topic(group)}`", f"`{topics.dead_topic(group)}`")
        for group in topics.GROUPS
    ]
    return _page(
        "Topics",
        intro,
        _table(header, (_topic_row(topic) for topic in topics.ALL)),
        "## Groups",
        _table(("group", "replays", "unreadable records"), groups),
    )


def reasons_page() -> str:
    """docs/reasons.md: every reason code with its cause, its fix and who acts."""
    intro = "Codes are stable: screens, the command line, metrics and events speak them."
    return _page("Reasons", intro, *(_reason_section(title, rows) for title, rows in _GROUPS))


def settings_page() -> str:
    """docs/settings.md: every setting of a shop with its values and where it acts."""
    intro = (
        "Each holds for one TikTok shop. Set it in Settings → Order, or with `ordersync settings "
        "set --shop ID` and its option; every change is an event that says who made it."
    )
    header = ("setting", "option", "values, the default first", "acts in")
    rows = (
        (
            f"**{entry.setting.title}** {entry.setting.help}".rstrip(),
            f"`--{entry.name.replace('_', '-')}`",
            "<br>".join(_setting_values(entry)),
            f"`{entry.setting.acts}`",
        )
        for entry in ORDER_SETTINGS
    )
    return _page("Settings", intro, _table(header, rows))


def _setting_values(entry: Declared) -> Iterable[str]:
    for value in sorted(entry.values, key=lambda value: value != entry.default):
        meaning = entry.values[value]
        yield f"`{value}`: {meaning}" if meaning else f"`{value}`"


def _event_section(event: type[Event]) -> str:
    topic = topics.BY_EVENT[event.type_name()]
    schema = schema_of(event)
    lines = [
        f"## {event.type_name()}",
        _prose(event.__doc__ or ""),
        f"Version {event.VERSION} · topic `{topic.name}` · written by {', '.join(topic.producers)}",
        _fields_table(schema),
    ]
    for name, part in sorted(schema.get("$defs", {}).items()):
        lines += [f"### {event.type_name()}: {name}", _fields_table(part)]
    return "\n\n".join(lines)


def _fields_table(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (f"`{name}`", _type(field), "required" if name in required else _default(field))
        for name, field in schema["properties"].items()
    ]
    return _table(("field", "type", "when absent"), rows)


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_type(entry) for entry in field["anyOf"])
    if "enum" in field:
        return " / ".join(f"`{value}`" for value in field["enum"])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    return "time" if field.get("format") == "date-time" else str(field["type"])


def _default(field: dict[str, Any]) -> str:
    match field.get("default"):
        case None:
            return "none"
        case "" | [] | {}:
            return "empty"
        case {**values}:
            return ", ".join(f"{name} {value}" for name, value in values.items())
        case value:
            return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _topic_row(topic: Topic) -> Sequence[str]:
    return (
        f"`{topic.name}`",
        ", ".join(event.type_name() for event in topic.events),
        ", ".join(topic.producers),
        ", ".join(topic.consumers) or "–",
        str(topic.partitions),
        f"{topic.retention_ms // DAY_MS} days",
    )


def _reason_section(title: str, rows: Iterable[reasons.Reason]) -> str:
    header = ("code", "title", "what happened", "what to do", "who acts", "what happens next")
    cells = (
        (f"`{row.code}`", row.title, row.what, row.fix, _WHO[row.who], _next(row)) for row in rows
    )
    return f"## {title}\n\n{_table(header, cells)}"


def _next(row: reasons.Reason) -> str:
    pause = f"the store is paused; {row.probe}" if row.probe else "the store is paused"
    return f"{row.retry.value}; {pause}" if row.pauses else row.retry.value


def _prose(docstring: str) -> str:
    """A docstring as Markdown: its paragraphs, unindented, code in single backquotes."""
    paragraphs = docstring.strip().replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (header, tuple("---" for _ in header), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _page(title: str, *blocks: str) -> str:
    return "\n\n".join((NOTE, f"# {title}", *blocks)) + "\n"
