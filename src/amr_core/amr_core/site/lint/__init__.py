"""Checks of a site that its schema cannot make: what would trouble robots on it."""

from __future__ import annotations

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_core.site.lint.clearance import check_lanes, check_movers, check_roadmap_clearance
from amr_core.site.lint.doors import check_air_locks, check_doors
from amr_core.site.lint.findings import Finding
from amr_core.site.lint.fire_lanes import check_fire_lanes
from amr_core.site.lint.levels import check_levels, check_lifts
from amr_core.site.lint.network import check_connected, check_roots
from amr_core.site.lint.progress import check_progress
from amr_core.site.lint.references import check_references

__all__ = ["Finding", "lint", "load_checked_site"]

BLOCKING = frozenset(
    {
        "site.duplicate_id",
        "site.unknown_lane",
        "site.unknown_robot_type",
        "site.outside",
        "site.no_root",
        "site.level_overlap",
        "site.level_outside",
        "site.off_level",
        "site.lift_stop",
        "site.air_lock",
        "site.conveyor",
    }
)
"""Findings after which there is no roadmap to check."""


def lint(site: Site) -> list[Finding]:
    """Return all findings of a site, errors first; never raises for a site that load_site accepts."""
    findings = [*check_references(site), *check_levels(site)]
    if not _blocked(findings):
        findings += check_lanes(site)
        findings += check_roots(site)
    if not _blocked(findings):
        roadmap = build_roadmap(site)
        findings += check_roadmap_clearance(site, roadmap)
        findings += check_connected(site, roadmap)
        findings += check_progress(site, roadmap)
        findings += check_doors(site, roadmap)
        findings += check_air_locks(roadmap)
        findings += check_lifts(site, roadmap)
        findings += check_fire_lanes(site, roadmap)
        findings += check_movers(site, roadmap)
    return sorted(findings, key=lambda f: f.severity)


def _blocked(findings: list[Finding]) -> bool:
    return any(f.code in BLOCKING for f in findings)


def load_checked_site(name: str) -> Site:
    """Read a site and lint it. Raises site.unknown, .unreadable, .invalid, .lane_through_wall or .lint."""
    site = load_site(name)
    errors = [f for f in lint(site) if f.severity == "error"]
    for found in errors:
        if found.code == "site.lane_through_wall":
            raise AmrError(found.code, **{**found.facts, "x": found.x, "y": found.y})
    if errors:
        raise AmrError("site.lint", count=len(errors), first=str(errors[0]))
    return site
