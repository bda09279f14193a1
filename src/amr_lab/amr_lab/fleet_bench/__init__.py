"""Measures and torments the fleet service as it is deployed: its own process, SQLite or PostgreSQL, HTTP; no ROS."""
