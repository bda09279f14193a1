"""Answers questions in Vietnamese about the fleet, and proposes what a person may confirm. Pure, without a clock."""
