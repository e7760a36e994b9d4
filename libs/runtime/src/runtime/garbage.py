"""The collector of reference cycles, told what a service looks like.

A batch makes hundreds of thousands of objects and nearly all of them go when their last reference
goes. With Python's own thresholds the collector looks through everything, imported modules too,
several times a batch; that took a third of the mapper's time (bench hop, decision 0012).
"""

import gc
from typing import Final

YOUNG: Final = 200_000
"""More objects made than gone until the youngest are looked through (Python: 700); a batch of 500
orders makes 150,000."""


def collect_seldom() -> None:
    """What is loaded by now is never looked through again; what comes is, less often.

    Called once, when a service has been built.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
