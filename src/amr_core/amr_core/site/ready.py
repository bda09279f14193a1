"""What a command does first: read a site and build what it lacks."""

from __future__ import annotations

from pathlib import Path

from amr_core.site import Site, load_site, site_dir
from amr_core.site.build import generate, is_same, world_path, write_files
from amr_core.site.lint import load_checked_site


def ready_site(site: str) -> Site:
    """Read a site (name or path) and build those of its files that are missing, or stale and older than site.yaml.

    What somebody changed by hand after site.yaml stays as it is. Raises site.* if the site is bad, and site.not_built
    if its files cannot be written.
    """
    model = load_site(site)
    given = (site_dir(site) / "site.yaml").stat().st_mtime_ns
    if all(_is_newer(path, given) for path in _expected(site, model)):
        return model
    load_checked_site(site)  # what lint refuses may have no roadmap, and no files
    wanted = {path: content for path, content in generate(site).items() if not _is_newer(path, given)}
    write_files(site, {path: content for path, content in wanted.items() if not is_same(path, content)})
    return model


def _expected(site: str, model: Site) -> list[Path]:
    """Return the files that every site has; a world's pictures and bodies are built with it."""
    names = [f"{name}.{kind}" for name in ("map", "keepout", "speed") for kind in ("yaml", "png")]
    return [*(site_dir(site) / name for name in (*names, "graph.geojson")), world_path(site, model)]


def _is_newer(path: Path, than_ns: int) -> bool:
    return path.is_file() and path.stat().st_mtime_ns >= than_ns
