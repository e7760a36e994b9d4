"""What was acknowledged must outlive the server: asked of the database before anything is appended.

An intent that is lost after its request was sent is an order that may be created twice. PostgreSQL
"synchronous_commit": ``off`` loses the last commits in a crash, ``local`` in a failover although a
synchronous standby is configured.
"""

from collections.abc import Mapping
from typing import Final

ASKED: Final = (
    "SELECT current_setting('synchronous_commit') AS commit, "
    "current_setting('synchronous_standby_names') AS standbys"
)


class NotDurable(Exception):
    """The database may forget what it has acknowledged. Names the setting and the fix."""

    safe = True


def check(settings: Mapping[str, str]) -> None:
    """Raises NotDurable unless a commit that is answered is kept."""
    commit, standbys = settings["commit"], settings["standbys"]
    is_lost = commit == "off" or (commit == "local" and bool(standbys.strip()))
    if is_lost:
        raise NotDurable(
            f"synchronous_commit is {commit}: the database may lose what it has acknowledged, and "
            "an order may be created twice. Set it to on (or remote_apply) for this database"
        )
