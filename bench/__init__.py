"""Measures: counters are a gate, ratios compare with peers, clocks are reported."""
