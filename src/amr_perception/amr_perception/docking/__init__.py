"""Docking targets and pallets, from lidar and from depth."""
