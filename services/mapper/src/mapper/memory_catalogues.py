"""What is known of stores' products, in memory, for tests; it passes the suite of PostgreSQL's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from lifecycle.link import normal_sku
from mapper.link_domain import SkuCheck, SkuKey
from mapper.tables.catalogues import Catalogues, Turn
from mapper.tables.sku_checks import SkuChecks
from mapper.tables.waiting import CLAIMED_S, Release, Releases
from runtime.clock import Clock

_NONE: Final[Mapping[SkuKey, str]] = {}
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Check:
    asked: SkuCheck
    is_open: bool = True
    needs_reading: bool = False
    due_at: datetime = _NEVER
    looked_at: datetime | None = None
    variant_id: str = ""

    def open(self, asked: SkuCheck, begun: int) -> None:
        """A new round."""
        self.asked = replace(asked, round=self.asked.round + 1, asked_in=begun)
        self.is_open, self.needs_reading, self.due_at = True, False, _NEVER


@dataclass
class _Store:
    worked_at: int
    reading: int = 0
    cursor: str | None = None
    whole: int = 0
    stale: int = 0
    read_at: datetime = _NEVER
    read_after: datetime = _NEVER
    claimed_until: datetime = _NEVER
    failures: int = 0
    variants: dict[str, tuple[str, int]] = field(default_factory=dict)


class MemoryCatalogues(Catalogues, SkuChecks):
    """See ``tables.catalogues.Catalogues`` and ``tables.sku_checks.SkuChecks``: both in one."""

    def __init__(self, clock: Clock, releases: Releases) -> None:
        self.checks = self
        self._clock = clock
        self._releases = releases
        self._checks: dict[SkuKey, _Check] = {}
        self._stores: dict[str, _Store] = {}
        self._worked = count(1)

    async def ask(self, checks: Sequence[SkuCheck], again_after_s: float) -> dict[SkuKey, bool]:
        """See ``SkuChecks.ask``."""
        newest = sorted(checks, key=lambda check: check.named_at)
        asked = {check.key: check for check in newest}
        for check in asked.values():
            self._ask(check, timedelta(seconds=again_after_s))
        kept = {key: self._checks[key] for key in asked}
        return {key: check.looked_at is None for key, check in kept.items() if check.is_open}

    def _ask(self, check: SkuCheck, again_after: timedelta) -> None:
        begun = self._store(check.store).reading
        now, known = self._clock(), self._checks.get(check.key)
        if known is None:
            self._checks[check.key] = _Check(replace(check, round=1, asked_in=begun))
            return
        before = known.asked
        if (before.store, before.seller_sku) == (check.store, check.seller_sku):
            is_old = known.looked_at is not None and known.looked_at < now - again_after
            if not known.is_open and is_old:
                known.open(replace(check, named_at=max(check.named_at, before.named_at)), begun)
        elif check.named_at >= before.named_at:
            known.open(check, begun)
            known.looked_at = None

    async def check_again(self, checks: Sequence[SkuCheck], *, seen_too: bool = True) -> None:
        """See ``SkuChecks.check_again``."""
        for check in checks:
            begun = self._store(check.store).reading
            known = self._checks.get(check.key)
            if known is None:
                asked = replace(check, round=1, asked_in=begun)
                made = _Check(asked, looked_at=self._clock(), variant_id=check.variant_id)
                self._checks[check.key] = made
            elif seen_too or known.variant_id != check.variant_id:
                due_at, begun = known.due_at, known.asked.asked_in if known.is_open else begun
                known.open(replace(known.asked, store=check.store), begun)
                known.due_at, known.variant_id = due_at, check.variant_id

    async def products_changed(self, store: str, *, deleted: bool) -> None:
        """See ``SkuChecks.products_changed``."""
        if store not in self._stores:
            return
        known = self._stores[store]
        known.stale = known.reading
        for check in self._of(store):
            if not check.is_open and (deleted or not check.variant_id):
                due_at = check.due_at
                check.open(check.asked, known.reading)
                check.due_at = due_at

    async def claim(self, fresh_for_s: float) -> Turn | None:
        """See ``Catalogues.claim``."""
        now = self._clock()
        due = [name for name in self._stores if self._is_due(name, now)]
        if not due:
            return None
        name = min(due, key=lambda name: self._stores[name].worked_at)
        store = self._stores[name]
        store.claimed_until = now + timedelta(seconds=CLAIMED_S)
        lately = store.read_at > now - timedelta(seconds=fresh_for_s)
        return Turn(
            name,
            store.reading,
            store.cursor,
            store.whole,
            store.whole > store.stale and lately,
            store.failures,
        )

    def _is_due(self, name: str, now: datetime) -> bool:
        store = self._stores[name]
        return store.claimed_until < now and any(
            check.is_open
            and (store.read_after <= now if check.needs_reading else check.due_at <= now)
            for check in self._of(name)
        )

    async def to_check(self, store: str, limit: int) -> tuple[SkuCheck, ...]:
        """See ``SkuChecks.to_check``."""
        now = self._clock()
        found = (
            check
            for check in self._of(store)
            if check.is_open and not check.needs_reading and check.due_at <= now
        )
        return tuple(check.asked for check in found)[:limit]

    async def looked(
        self,
        checks: Sequence[SkuCheck],
        releases: Sequence[Release],
        linked: Mapping[SkuKey, str] = _NONE,
    ) -> None:
        """See ``SkuChecks.looked``."""
        for check in self._these(checks):
            check.is_open, check.looked_at = False, self._clock()
            check.variant_id = linked.get(check.asked.key, "")
        await self._releases.add(releases)

    async def need_reading(self, checks: Sequence[SkuCheck], *, anew: bool) -> None:
        """See ``SkuChecks.need_reading``."""
        if anew:
            store = self._stores[checks[0].store]
            store.stale = store.reading
        for check in self._these(checks):
            check.needs_reading = True

    async def set_aside(self, check: SkuCheck, wait_s: float) -> None:
        """See ``SkuChecks.set_aside``."""
        for known in self._these([check]):
            known.due_at = self._clock() + timedelta(seconds=wait_s)

    async def begin(self, turn: Turn) -> Turn:
        """See ``Catalogues.begin``."""
        store = self._stores[turn.store]
        store.reading, store.cursor = store.reading + 1, ""
        return replace(turn, reading=store.reading, cursor="")

    async def keep_page(
        self, turn: Turn, variants: Mapping[str, str], next_cursor: str | None
    ) -> None:
        """See ``Catalogues.keep_page``."""
        store = self._stores[turn.store]
        if (store.reading, store.cursor) != (turn.reading, turn.cursor):
            return
        store.cursor, store.claimed_until, store.failures = next_cursor, _NEVER, 0
        store.worked_at = next(self._worked)
        store.variants |= {gid: (normal_sku(sku), turn.reading) for gid, sku in variants.items()}
        if next_cursor is None:
            store.whole, store.read_at = turn.reading, self._clock()
            kept = store.variants.items()
            store.variants = {gid: read for gid, read in kept if read[1] == turn.reading}
            for check in self._of(turn.store):
                check.needs_reading = False

    async def not_read(self, turn: Turn, wait_s: float, *, anew: bool) -> None:
        """See ``Catalogues.not_read``."""
        store = self._stores[turn.store]
        store.read_after = self._clock() + timedelta(seconds=wait_s)
        store.cursor = None if anew else store.cursor
        await self.end(turn)
        store.failures = turn.failures + 1

    async def end(self, turn: Turn, put_off_s: float = 0.0, *, failed: bool = False) -> None:
        """See ``Catalogues.end``."""
        store, until = self._stores[turn.store], self._clock() + timedelta(seconds=put_off_s)
        store.claimed_until = until if put_off_s > 0 else _NEVER
        store.worked_at = next(self._worked)
        store.failures = store.failures + 1 if failed else 0

    async def by_sku(self, store: str, skus: Collection[str]) -> dict[str, tuple[str, ...]]:
        """See ``Catalogues.by_sku``."""
        known = self._stores[store].variants if store in self._stores else {}
        return {
            sku: tuple(sorted(gid for gid, kept in known.items() if kept[0] == normal_sku(sku)))
            for sku in skus
        }

    def _store(self, name: str) -> _Store:
        if name not in self._stores:
            self._stores[name] = _Store(next(self._worked))
        return self._stores[name]

    def _of(self, store: str) -> list[_Check]:
        return [check for check in self._checks.values() if check.asked.store == store]

    def _these(self, checks: Sequence[SkuCheck]) -> list[_Check]:
        """As they were asked for, unless a round has begun since."""
        known = ((self._checks.get(check.key), check.round) for check in checks)
        return [kept for kept, round_ in known if kept is not None and kept.asked.round == round_]
