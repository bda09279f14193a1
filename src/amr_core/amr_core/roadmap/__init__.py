"""The roadmap that robots drive on: what it is, and how it is compiled from a site when a process starts."""

from amr_core.roadmap.build import build_roadmap
from amr_core.roadmap.model import Capacity, Doorway, Edge, LiftWay, LockWay, Manoeuvre, Node, NodeKind, Roadmap

__all__ = [
    "Capacity",
    "Doorway",
    "Edge",
    "LiftWay",
    "LockWay",
    "Manoeuvre",
    "Node",
    "NodeKind",
    "Roadmap",
    "build_roadmap",
]
