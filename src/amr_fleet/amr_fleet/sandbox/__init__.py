"""Controlled trials (sandbox): record, states and envelope of a permit, and a watch that trusts poses and clock."""
