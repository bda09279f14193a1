"""Fiducial markers: detection, refinement, pose."""
