"""Neighbours of other makers that are told of the fleet and ask nothing of it (docs/neighbours.md). Off by default."""
