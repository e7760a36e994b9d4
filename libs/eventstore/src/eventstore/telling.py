"""What happened outside, told to a stream on which it may not count any more.

A fact that only has to be recorded once needs no version (``Journal.facts``). One that ends or
changes what the stream says at the moment (an attempt, a doubt, which order stands) is judged on
the stream and appended with the version that it was judged on. Whoever comes second judges again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from eventstore.journal import Contention, Fact, FactTaken, Fold, Journal
from eventstore.store import Appended, IdTaken, WrongVersion
from ordersync_contracts.envelope import Recorded

State = TypeVar("State")
Judge = Callable[[State], Fact | None]
"""What is to be told of a stream that stands so; None: nothing."""
_MAX_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Seen(Generic[State]):
    """What a stream said at a version."""

    version: int
    state: State


@dataclass(frozen=True, slots=True)
class Told(Generic[State]):
    """How it ended: what the stream said when it was judged, and what was appended then.

    ``fact`` None: there was nothing to tell, or it had been told before.
    """

    state: State
    fact: Fact | None = None


async def tell(
    journal: Journal,
    judges: Mapping[str, Judge[State]],
    fold: Fold[State],
    seen: Mapping[str, Seen[State]] | None = None,
) -> dict[str, Told[State]]:
    """Judge each stream and append what is to be told; by stream.

    ``seen``: what was read of some already. One read of the others and one append per round; a
    round repeats only the streams where somebody was faster. Raises Contention; and FactTaken when
    a fact was told before with other content, after all were tried.
    """
    told: dict[str, Told[State]] = {}
    taken: list[str] = []
    for _ in range(_MAX_ROUNDS):
        open_judges = {stream: judge for stream, judge in judges.items() if stream not in told}
        if not open_judges:
            break
        now = await _seen(journal, open_judges, fold, seen or {})
        told |= await _round(journal, open_judges, now, taken)
        seen = None
    if len(told) < len(judges):
        raise Contention(
            f"{len(judges) - len(told)} streams changed {_MAX_ROUNDS} times: try again"
        )
    if taken:
        raise FactTaken(", ".join(taken))
    return told


async def _seen(
    journal: Journal,
    judges: Mapping[str, Judge[State]],
    fold: Fold[State],
    seen: Mapping[str, Seen[State]],
) -> dict[str, Seen[State]]:
    unread = judges.keys() - seen.keys()
    histories = await journal.store.read_many(unread) if unread else {}
    read = {stream: Seen(_version(of), fold(of)) for stream, of in histories.items()}
    return {**read, **{stream: seen[stream] for stream in judges.keys() & seen.keys()}}


async def _round(
    journal: Journal,
    judges: Mapping[str, Judge[State]],
    seen: Mapping[str, Seen[State]],
    taken: list[str],
) -> dict[str, Told[State]]:
    """What became of each stream, but for those on which somebody was faster."""
    judged = {stream: judge(seen[stream].state) for stream, judge in judges.items()}
    told = {s: Told(seen[s].state) for s, fact in judged.items() if fact is None}
    facts = {stream: fact for stream, fact in judged.items() if fact is not None}
    commands = [journal.as_fact(fact, seen[stream].version) for stream, fact in facts.items()]
    outcomes = await journal.store.append(commands) if commands else ()
    for (stream, fact), outcome in zip(facts.items(), outcomes, strict=True):
        if isinstance(outcome, WrongVersion):
            continue
        if isinstance(outcome, IdTaken):
            taken.append(f"{fact.event.type_name()} of {stream}")
        is_news = isinstance(outcome, Appended)
        told[stream] = Told(seen[stream].state, fact if is_news else None)
    return told


def _version(history: Sequence[Recorded]) -> int:
    return history[-1].version if history else 0
