"""What Nav2 declares, as data: parameters of nodes and plugins, ports of behaviour tree nodes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("nav2_1_3.yaml")
COSTMAPS = ("local_costmap", "global_costmap")

Entry = Mapping[str, Any]


@lru_cache(maxsize=1)
def schema() -> Entry:
    """Return the content of nav2_1_3.yaml; its head explains the layout."""
    content: Entry = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def node_entry(name: str) -> Entry | None:
    """Return what the node called name declares; None when Nav2 has no such node.

    Masks and infos of costmap filters are served by nodes of any name; ours end in _mask_server and _info_server.
    Lifecycle managers are called lifecycle_manager_<what they manage>.
    """
    nodes: Mapping[str, Entry] = schema()["nodes"]
    if name in COSTMAPS:
        return nodes["costmap"]
    if name.endswith("_filter_mask_server"):
        return nodes["map_server"]
    if name.endswith("_filter_info_server"):
        return nodes["costmap_filter_info_server"]
    if name.startswith("lifecycle_manager_"):
        return nodes["lifecycle_manager"]
    return nodes.get(name) if name != "costmap" else None


def node_names() -> list[str]:
    """Return the names of Nav2's nodes."""
    return [*(name for name in schema()["nodes"] if name != "costmap"), *COSTMAPS]
