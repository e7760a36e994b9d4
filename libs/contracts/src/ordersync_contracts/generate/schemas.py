"""The JSON schema of an event: the promise to everybody who reads its topic."""

from typing import Any

from ordersync_contracts.envelope import SCHEMA_PREFIX
from ordersync_contracts.events import Event

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: type[Event]) -> Schema:
    """What the event's newest version looks like as JSON (JSON Schema 2020-12).

    ``$id`` is what the envelope's ``ce_dataschema`` says. Fields that are not required may be
    absent and then mean their ``default``; readers ignore fields they do not know.
    """
    name = f"{event.type_name()}.v{event.VERSION}"
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": f"{SCHEMA_PREFIX}{name}", **schema}
