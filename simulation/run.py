"""One history, from its plan to its result."""

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from console.rows import OrderFilter
from ordersync_contracts.envelope import Recorded
from simulation import records, surroundings
from simulation.evidence import Deed, Evidence, Failure, Text
from simulation.faults import FAULTS
from simulation.judge import judge
from simulation.life import ACTS
from simulation.loop import Endless, SimulationLoop
from simulation.machine import EPOCH
from simulation.plan import STORES, Act, Plan, Strike, shop_id, store_domain
from simulation.plants import PLANTS
from simulation.result import Result
from simulation.surroundings import Surroundings
from simulation.trace import digest

_LONGEST_REST_S: Final = 100 * 3600.0
"""After the last fault everything has come to rest within so long, or never will."""
_QUIET_S: Final = 2 * 3600.0
"""Half of the calm is waited for without news; half of so long is enough."""
_LOOK_S: Final = 60.0


def run(plan: Plan) -> Result:
    """What came of it. To be called in a process of its own: nothing is cleaned up afterwards.

    The same plan gives the same result in every process.
    """
    gc.disable()  # a coroutine of a dead process must not be closed: that would run its ``finally``
    if plan.plant:
        PLANTS[plan.plant]()
    loop = SimulationLoop(random.Random(f"{plan.seed}/turns"))
    history = History(plan, loop)
    records.take_logs(history.around.log)
    loop.set_exception_handler(history.around.surprised)
    try:
        failures: Sequence[Failure] = loop.run_until_complete(history.lived())
    except Endless as endless:
        failures = [Failure("it ended", "the installation", str(endless))]
    return history.result(failures)


@dataclass
class History:
    """A plan that is carried out."""

    plan: Plan
    loop: SimulationLoop
    done: Counter[str] = field(default_factory=Counter)
    deeds: list[Deed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.around: Surroundings = surroundings.around(self.plan, self.loop)

    async def lived(self) -> Sequence[Failure]:
        """From the first moment until it has come to rest; which promises were broken."""
        await self.around.open(self.plan)
        for number in range(1, self.plan.shops + 1):
            since = EPOCH - timedelta(days=7)
            self.deeds += await self.around.connect_shop(number, since.timestamp())
        for machine in self.around.installation.machines.values():
            machine.boot()
        steps: list[Act | Strike] = [*self.plan.acts, *self._timed()]
        for step in sorted(steps, key=lambda step: step.at_s):
            await asyncio.sleep(max(0.0, step.at_s - self.loop.time()))
            await (self._act(step) if isinstance(step, Act) else self._strike(step))
        await asyncio.sleep(max(0.0, self.plan.horizon_s - self.loop.time()))
        calm_from = self.around.now()
        await self.around.calm()
        await self._come_to_rest()
        return judge(await self._evidence(calm_from))

    def result(self, failures: Sequence[Failure]) -> Result:
        """As it stands now."""
        lines = self.around.trace.lines()
        return Result(
            plan=self.plan,
            failures=failures,
            struck=dict(sorted(self.around.strikes.struck.items())),
            done=dict(sorted(self.done.items())),
            events=self.around.events_appended(),
            virtual_s=self.loop.time(),
            trace=lines,
            digest=digest(lines),
        )

    def _timed(self) -> list[Strike]:
        return [s for s in self.plan.strikes if FAULTS[s.kind].happen is not None]

    async def _act(self, act: Act) -> None:
        kind = ACTS[act.kind]
        done = await kind.perform(self.around.outside, act.given)
        given = done if isinstance(done, Mapping) else act.given
        what = "" if done else "passed over: "
        self.around.trace.add(self.loop.time(), kind.who, f"{what}{act.kind}", **given)
        if done:
            self.done[act.kind] += 1
            self.deeds.append(Deed(self.around.now(), kind.who, act.kind, given))

    async def _strike(self, strike: Strike) -> None:
        happen = FAULTS[strike.kind].happen
        if happen is not None and await happen(self.around.installation, strike):
            self.around.strikes.struck[strike.kind] += 1
            self.around.trace.add(
                self.loop.time(), strike.on, f"fault {strike.kind}", **strike.given
            )

    async def _come_to_rest(self) -> None:
        """Until nothing is appended for long and nothing is due, or for as long as may be."""
        began = since = self.loop.time()
        end, news = began + _LONGEST_REST_S, -1
        while self.loop.time() < end:
            if self.around.news != news or self.around.is_busy() or await self.around.is_on_hold():
                news, since = self.around.news, self.loop.time()
            idle_s, calm_s = self.loop.time() - since, self.loop.time() - began
            if idle_s >= self.around.quiet_s and 2 * idle_s >= min(calm_s, _QUIET_S):
                return
            await asyncio.sleep(min(_LOOK_S, self.around.quiet_s / 4))

    async def _evidence(self, calm_from: float) -> Evidence:
        around = self.around
        page = await around.installation.stores.events.read_after(0, 1_000_000)
        return Evidence(
            began_at=EPOCH.timestamp(),
            calm_from=calm_from,
            ended_at=self.around.now(),
            last_event_at=around.news_at,
            deeds=self.deeds,
            tiktok={shop_id(n): await around.tiktok_orders(n) for n in self._shops()},
            shopify={store_domain(n): await around.shopify_orders(n) for n in self._stores()},
            versions=around.versions(),
            sightings=around.sightings(),
            shown=await self._shown(),
            texts=[*around.texts, *(_text(recorded) for recorded in page)],
            left=around.left(),
            surprises=around.surprises,
        )

    def _shops(self) -> range:
        return range(1, self.plan.shops + 1)

    def _stores(self) -> range:
        return range(1, STORES + 1)

    async def _shown(self) -> dict[tuple[str, str], dict[str, Any] | None]:
        rows = await self.around.installation.stores.rows.orders(OrderFilter(), limit=10_000)
        return {
            (row.shop_id, row.order_id): {"status": row.status, "reason": row.reason_code}
            for row in rows
        }


def _text(recorded: Recorded) -> Text:
    return Text(f"event {recorded.position}", recorded.data.decode())
