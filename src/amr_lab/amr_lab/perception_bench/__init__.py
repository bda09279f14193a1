"""Measures the perception: one row per capability, with the goal beside it."""
