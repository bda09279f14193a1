"""People and vehicles in camera pictures."""
