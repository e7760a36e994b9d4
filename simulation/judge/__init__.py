"""Says which promises a history broke, from what stands outside alone.

It shares no code with what it judges: it imports nothing but the evidence, and adds up by itself.
Where the documentation leaves something open it is lenient; each leniency says why.
"""

from simulation.evidence import Evidence, Failure
from simulation.judge.cents import money_failures
from simulation.judge.ending import ending_failures
from simulation.judge.once import Once
from simulation.judge.separation import separation_failures
from simulation.judge.statuses import status_failures
from simulation.judge.texts import text_failures
from simulation.judge.wishes import Wishes
from simulation.judge.world import Tiktok, made_orders


def judge(evidence: Evidence) -> list[Failure]:
    """All failures, promise by promise; [] when every promise held."""
    orders, tiktok, wishes = made_orders(evidence), Tiktok.of(evidence), Wishes.of(evidence)
    return [
        *Once(evidence, orders, tiktok, wishes).failures(),
        *money_failures(orders, tiktok, wishes),
        *status_failures(orders, tiktok, wishes),
        *separation_failures(orders, tiktok, wishes),
        *text_failures(evidence, tiktok),
        *ending_failures(evidence, tiktok, wishes),
        *(Failure("no surprises", "the installation", said) for said in evidence.surprises),
    ]
