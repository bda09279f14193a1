"""Writes and checks the files that are generated from a site file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.splitting import leaves
from amr_core.site import Site, load_site, site_dir
from amr_core.site.generators.building import building_files
from amr_core.site.generators.graph import route_graph
from amr_core.site.generators.meshes import mesh_files
from amr_core.site.generators.raster import keepout_mask, occupied_at, speed_mask
from amr_core.site.generators.tags import tag_path, tag_png
from amr_core.site.generators.world import world_sdf


def world_path(site: str, model: Site | None = None) -> Path:
    """Return where the world of a site is: worlds/ beside maps/ in a checkout, else beside the site file.

    model: the site, if it has been read before.
    """
    folder = site_dir(site)
    worlds = folder.parent.parent / "worlds"
    in_checkout = folder.parent.name == "maps" and worlds.is_dir()
    return (worlds if in_checkout else folder) / f"{(model or load_site(site)).id}.sdf"


def generate(site: str, out: Path | None = None) -> dict[Path, bytes]:
    """Return path and content of every generated file; out puts them all in one folder instead of the usual places."""
    model = load_site(site)
    folder = out if out is not None else site_dir(site)
    files: dict[Path, bytes] = {}
    for name, grid in (("map", occupied_at(model)), ("keepout", keepout_mask(model)), ("speed", speed_mask(model))):
        text, png = grid.encode(f"{name}.png", "scale" if name == "speed" else "trinary")
        files[folder / f"{name}.yaml"] = text
        files[folder / f"{name}.png"] = png
    files[folder / "graph.geojson"] = route_graph(model, build_roadmap(model)).encode()
    world = out / f"{model.id}.sdf" if out is not None else world_path(site)
    files[world] = world_sdf(model).encode()
    files.update((world.parent / name, content) for name, content in building_files(model).items())
    for _, _, station in leaves(model):
        if station.marker is not None:
            files[world.parent / tag_path(station.marker)] = tag_png(station.marker)
    for kind in sorted({mover.kind for mover in model.movers}):
        files.update((world.parent / name, text.encode()) for name, text in mesh_files(kind).items())
    return files


def build_site(site: str, out: Path | None = None) -> list[Path]:
    """Write map, masks, route graph and world of a site (name or path); return the files written."""
    files = generate(site, out)
    write_files(site, files)
    return list(files)


def write_files(site: str, files: Mapping[Path, bytes]) -> None:
    """Write generated files, each in one step: another process may read or write them at the same time.

    Raises site.not_built.
    """
    for path, content in files.items():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise AmrError(
                "site.not_built", site=site, file=path.name, reason=error.strerror or type(error).__name__
            ) from error


def check_fresh(site: str, out: Path | None = None) -> list[str]:
    """Return the names of generated files that are missing or do not match the site file; [] when all are fresh.

    Images are compared by their pixels: another version of the PNG library may compress them differently.
    """
    return [path.name for path, content in generate(site, out).items() if not is_same(path, content)]


def is_same(path: Path, content: bytes) -> bool:
    """Tell whether a file holds this content; of an image, these pixels."""
    if not path.is_file():
        return False
    found = path.read_bytes()
    if found == content:
        return True
    if path.suffix != ".png":
        return False
    import cv2  # 30 MB that most commands do without

    a, b = (cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) for png in (found, content))
    return a is not None and b is not None and bool(np.array_equal(a, b))
