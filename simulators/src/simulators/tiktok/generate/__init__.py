"""Orders that could be real: kinds, baskets, amounts, buyers, and how they came to their status."""
