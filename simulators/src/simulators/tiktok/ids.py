"""Ids that nobody has seen before, also after the simulator was started again."""


class IdSource:
    """18 digits: 4 that say what it is, 14 that count.

    The count begins at the second of the start, 50,000 a second: a simulator that lost its
    memory does not give old ids to new orders.
    """

    def __init__(self, started: float) -> None:
        self._next = int(started * 50_000)

    def take(self, kind: str) -> str:
        """The next id; `kind` is 4 digits."""
        self._next += 1
        return f"{kind}{self._next % 10**14:014d}"
