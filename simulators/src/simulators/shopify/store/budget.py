"""A store's points and how they were used: a bucket that refills, and the figures about it."""

from collections import Counter, deque
from collections.abc import Iterable
from math import floor

from simulators.shopify.store.plans import Plan
from simulators.shopify.store.records import Record

_SAMPLE_EVERY_S = 0.05
_SAMPLES = 50_000


class Bucket:
    """Points left, refilled continuously. Times are unix seconds."""

    def __init__(self, plan: Plan, at: float) -> None:
        self._size = plan.bucket
        self._restore = plan.restore
        self._left = float(plan.bucket)
        self._at = at

    def available(self, at: float) -> float:
        """Points at this moment."""
        passed = max(0.0, at - self._at)
        self._left = min(float(self._size), self._left + passed * self._restore)
        self._at = max(self._at, at)
        return self._left

    def take(self, points: int, at: float) -> bool:
        """Reserves points; False, and nothing is taken, when there are too few."""
        if self.available(at) < points:
            return False
        self._left -= points
        return True

    def give_back(self, points: int) -> None:
        """What was reserved and not used."""
        self._left = min(float(self._size), self._left + points)

    def status(self, at: float) -> Record:
        """`extensions.cost.throttleStatus`; whole points, rounded down."""
        return {
            "maximumAvailable": float(self._size),
            "currentlyAvailable": floor(self.available(at)),
            "restoreRate": float(self._restore),
        }


class Usage:
    """Requests by root field, THROTTLED answers, and points used over time."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.throttled = 0
        self.used = 0
        self._samples: deque[Record] = deque(maxlen=_SAMPLES)

    def note_request(self, operations: Iterable[str]) -> None:
        """One request; it counts once for each root field it names."""
        self.requests.update(operations)

    def note_points(self, points: int, bucket: Bucket, at: float) -> None:
        """Points that were used; samples closer together than 50 ms are one."""
        self.used += points
        sample = {"at": at, "used": self.used, "available": floor(bucket.available(at))}
        recent = self._samples[-1] if self._samples else None
        if recent is not None and at - recent["since"] < _SAMPLE_EVERY_S:
            recent.update(sample)
        else:
            self._samples.append({**sample, "since": at})

    def shown(self, bucket: Bucket, at: float) -> Record:
        """As `GET /_sim/stats` gives it; the last point is now."""
        points = [
            {key: sample[key] for key in ("at", "used", "available")} for sample in self._samples
        ]
        points.append({"at": at, "used": self.used, "available": floor(bucket.available(at))})
        return {"requests": dict(self.requests), "throttled": self.throttled, "points": points}


class CreateLimit:
    """How many orders may be created within any 60 seconds (a sliding window)."""

    def __init__(self) -> None:
        self._created: deque[float] = deque()

    def reached(self, limit: int | None, at: float) -> bool:
        """Whether one more order would be too many."""
        while self._created and self._created[0] <= at - 60:
            self._created.popleft()
        return limit is not None and len(self._created) >= limit

    def note(self, at: float) -> None:
        """One order was created."""
        self._created.append(at)
