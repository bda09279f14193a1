"""Detectors of the AMR stack and their nodes."""
