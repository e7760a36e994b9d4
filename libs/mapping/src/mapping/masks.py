"""How TikTok hides what it does not show: asterisks, or what stands for them."""

import re
from typing import Final

MASK: Final = re.compile("[*\u2217\u204e\uff0a\u2022\u25cf]+")
"""Asterisks of any script, and the dots of passwords."""


def is_masked(text: str) -> bool:
    """Whether parts of the text are hidden."""
    return MASK.search(text) is not None
