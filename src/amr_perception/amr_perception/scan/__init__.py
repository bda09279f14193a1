"""Lidar scans to segments: points in the map frame that the static map does not explain."""
