"""Numbers on freight containers (ISO 6346)."""
