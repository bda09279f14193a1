"""Nodes that only the benches run."""
