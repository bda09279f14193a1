"""Interface packages of which a subset hides the whole: C++ nodes then end with `undefined symbol`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from amr_core.errors import AmrError

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


def shadows(prefixes: Sequence[Path]) -> list[Shadow]:
    """Return the packages of which an earlier prefix of AMENT_PREFIX_PATH lacks interfaces that a later one has."""
    found = []
    for package in PACKAGES:
        places = [prefix for prefix in prefixes if (prefix / "share" / package).is_dir()]
        for place in places[1:]:
            hidden = sorted(_interfaces(place, package) - _interfaces(places[0], package))
            if hidden:
                found.append(Shadow(package, places[0], place, hidden[0]))
                break
    return found


def refusal(found: Sequence[Shadow]) -> AmrError:
    """Return the one error, ros.missing, about at least one of them: for `amr doctor` and launch files."""
    first = found[0]
    cure = (
        f"a subset in {first.subset} hides {first.whole} (no {first.lost}), and C++ nodes will end with "
        "`undefined symbol`; build without src/compat (a plain `colcon build` leaves it out), "
        f"or source {first.whole} last"
    )
    return AmrError("ros.missing", missing=f"the whole of {', '.join(shadow.package for shadow in found)}", cure=cure)


def _interfaces(prefix: Path, package: str) -> set[str]:
    share = prefix / "share" / package
    return {f"{package}/{kind}/{path.stem}" for kind in KINDS for path in (share / kind).glob(f"*.{kind}")}
