"""Interface packages of which a subset hides the whole: C++ nodes then end with `undefined symbol`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PACKAGES = (
    "nav2_msgs", "tf2_msgs", "vision_msgs", "map_msgs", "geographic_msgs", "rmf_door_msgs", "rmf_fleet_msgs",
    "rmf_lift_msgs",
)  # fmt: skip
"""What src/compat has subsets of."""
KINDS = ("msg", "srv", "action")


class Shadow(NamedTuple):
    """A package, the prefix whose subset is found first, the prefix with more, and one interface that is hidden."""

    package: str
    subset: Path
    whole: Path
    lost: str


def shadows(prefixes: Iterable[str]) -> list[Shadow]:
    """Return the packages of which an earlier prefix of AMENT_PREFIX_PATH lacks interfaces that a later one has."""
    found = []
    for package in PACKAGES:
        places = [Path(prefix) for prefix in prefixes if prefix and (Path(prefix) / "share" / package).is_dir()]
        for place in places[1:]:
            hidden = sorted(_interfaces(place, package) - _interfaces(places[0], package))
            if hidden:
                found.append(Shadow(package, places[0], place, hidden[0]))
                break
    return found


def warning(found: Iterable[Shadow]) -> str:
    """Return one line about them with the cure; empty for none."""
    found = list(found)
    if not found:
        return ""
    first = found[0]
    names = ", ".join(shadow.package for shadow in found)
    return (
        f"{names}: a subset in {first.subset} hides the real package in {first.whole} (no {first.lost}): C++ nodes "
        f"will end with `undefined symbol`; build without src/compat (a plain `colcon build` leaves it out), or source "
        f"{first.whole} last"
    )


def _interfaces(prefix: Path, package: str) -> set[str]:
    share = prefix / "share" / package
    return {f"{package}/{kind}/{path.stem}" for kind in KINDS for path in (share / kind).glob(f"*.{kind}")}
