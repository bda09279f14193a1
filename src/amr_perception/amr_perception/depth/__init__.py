"""Depth images: points, obstacles, free space."""
