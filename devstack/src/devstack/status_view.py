"""What `devstack status` shows."""

from devstack.folder import SUPERVISOR, StateFolder
from devstack.records import ProcessRecord, read_records

_COLUMNS = ("name", "pid", "state", "restarts")


def processes(folder: StateFolder) -> list[dict[str, str | int]]:
    """Name, process id, state and restarts of every process, oldest first.

    States: starting, running, restarting, stopped, and `dead` for one nobody will start again.
    """
    supervised = folder.is_held()
    return [
        {
            "name": record.name,
            "pid": record.pid,
            "state": _state(record, supervised=supervised),
            "restarts": record.restarts,
        }
        for record in read_records(folder.pids)
        if record.name != SUPERVISOR
    ]


def table(rows: list[dict[str, str | int]]) -> str:
    """The same for people."""
    cells = [_COLUMNS, *(tuple(str(row[column]) for column in _COLUMNS) for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _state(record: ProcessRecord, *, supervised: bool) -> str:
    if record.process() is not None:
        return record.state
    return "restarting" if supervised else "dead"
