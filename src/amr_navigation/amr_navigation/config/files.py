"""What Nav2 loads from files as it configures: read here before anything starts, where each fault has a place.

A server that cannot load its file says so only when its turn comes, half a minute later, and ends the start of all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from amr_core.errors import AmrError
from amr_core.gridmap import GridMap
from amr_core.yaml_files import parse_yaml, read_yaml
from amr_navigation.config.build import check
from amr_navigation.config.check import flatten

MAP = "yaml_filename"
CHECKED = ("default_nav_to_pose_bt_xml", "default_nav_through_poses_bt_xml", "dock_database", "graph_filepath")
FOUND = "lattice_filepath"
"""Parameters that name a map or mask, a file that `amr nav2 check` knows, and one that need only be there."""
NEEDED = ("image", "resolution", "origin", "negate", "occupied_thresh", "free_thresh")
"""What nav2_map_server asks of a map's YAML file; `mode` may be missing."""
SHARE = re.compile(r"\$\(find-pkg-share (\w+)\)")

Share = Callable[[str], Path | None]


def file_faults(params: Path, values: Mapping[str, str], share: Share) -> Iterator[tuple[Path, str]]:
    """Yield each file that Nav2 could not load, or a mask that leaves out a part of the map, and what is wrong.

    params: a parameter file. values: what launch replaces in its text. share: package -> its share folder, None where
    it is not known; what lies there is not looked at then. Raises nav.file when params cannot be read.
    """
    maps: dict[str, tuple[Path, GridMap | None]] = {}
    for node, parameter, path in _named(params, values, share):
        try:
            if parameter == MAP:
                maps[node] = path, _map(path)
            elif not path.is_file():
                yield path, "there is no such file"
            elif parameter in CHECKED and (findings := check(path)) and not _own_nodes(path, params):
                yield path, str(findings[0])
        except AmrError as error:
            yield path, str(error)
    _, ground = maps.pop("map_server", (None, None))
    for path, mask in maps.values():
        if mask is not None and ground is not None and (reason := _left_out(mask, ground)):
            yield path, reason


def _named(params: Path, values: Mapping[str, str], share: Share) -> Iterator[tuple[str, str, Path]]:
    """Yield node, parameter and path of each file that is named; not what only launch could complete."""
    try:
        text = params.read_text(encoding="utf-8")
        for old, new in values.items():
            text = text.replace(old, new)
        content = parse_yaml(text)
    except (OSError, ValueError) as error:
        raise AmrError("nav.file", file=params.name, reason=" ".join(str(error).split())) from error
    for key, value in flatten(content if isinstance(content, dict) else {}).items():
        node, _, name = key.partition(".ros__parameters.")
        parameter = name.rpartition(".")[2]
        if parameter in (MAP, *CHECKED, FOUND) and isinstance(value, str) and value:
            path = SHARE.sub(lambda found: str(share(found[1]) or found[0]), value)
            if "$(" not in path:
                yield node.rpartition(".")[2], parameter, Path(path).expanduser()


def _own_nodes(path: Path, params: Path) -> bool:
    """Return whether a tree may have nodes or trees that are not in it, which only Nav2 knows; its XML is right."""
    more = "<include" in path.read_text(encoding="utf-8") or "plugin_lib_names" in params.read_text(encoding="utf-8")
    return path.suffix == ".xml" and more


def _map(path: Path) -> GridMap | None:
    """Return a map or mask, None for one of raw numbers, which only Nav2 reads.

    Raises nav.file or map.mismatch for what Nav2's map server refuses.
    """
    try:
        meta = read_yaml(path)
    except (OSError, ValueError) as error:
        raise AmrError("nav.file", file=path.name, reason=" ".join(str(error).split())) from error
    given = list(meta) if isinstance(meta, dict) else []
    for key in NEEDED:
        if key not in given:
            near = difflib.get_close_matches(key, map(str, given), 1)
            hint = f"; did you mean it by {near[0]}?" if near else ""
            raise AmrError("nav.file", file=path.name, reason=f"it does not say {key}{hint}")
    if meta.get("mode") != "raw":
        return GridMap.load(path)
    if not (path.parent / str(meta["image"])).is_file():
        raise AmrError("map.mismatch", image=str(meta["image"]), reason="there is no such image")
    return None


def _left_out(mask: GridMap, ground: GridMap) -> str:
    """Return what is wrong with a mask that does not cover the map to the cell; "" when it does."""
    (west, south, east, north), wanted = _area(mask), _area(ground)
    cell = ground.resolution
    if (
        west <= wanted[0] + cell
        and south <= wanted[1] + cell
        and east >= wanted[2] - cell
        and north >= wanted[3] - cell
    ):
        return ""
    has, needs = (", ".join(f"{value:.2f}" for value in area) for area in ((west, south, east, north), wanted))
    return f"it lies over {has} m (west, south, east, north), the map over {needs}: nothing is forbidden beside it"


def _area(grid: GridMap) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a grid (m, map frame)."""
    west, south = grid.origin
    return west, south, west + grid.columns * grid.resolution, south + grid.rows * grid.resolution
