"""Flights over a site: what is planned, what must be true before take-off and in the air, what was counted."""
