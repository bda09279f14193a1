"""The packages under src/compat have the wire types of the real packages: their RIHS01 hashes are equal."""

import json
import re
import sys
from pathlib import Path

import pytest

EXPECTED = dict(
    line.split("\t") for line in (Path(__file__).parent.parent / "data" / "rihs01.tsv").read_text().splitlines() if line
)


def _built(package: str) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for path in (Path(sys.prefix) / "share" / package).glob("*/*.json"):
        for entry in json.loads(path.read_text())["type_hashes"]:
            if entry["type_name"].startswith(f"{package}/"):
                hashes[entry["type_name"]] = entry["hash_string"]
    return hashes


@pytest.mark.parametrize(
    "package",
    [
        "tf2_msgs",
        "map_msgs",
        "geographic_msgs",
        "nav2_msgs",
        "vision_msgs",
        "rmf_door_msgs",
        "rmf_fleet_msgs",
        "rmf_lift_msgs",
    ],
)
def test_type_hashes_equal_the_real_ones(package: str) -> None:
    expected = {name: value for name, value in EXPECTED.items() if name.startswith(f"{package}/")}
    assert expected
    built = _built(package)
    assert {name: built.get(name) for name in expected} == expected


def test_every_interface_of_ours_is_compared() -> None:
    compat = Path(__file__).parent.parent.parent / "src" / "compat"
    ours = {
        f"{path.parent.parent.name}/{path.parent.name}/{path.stem}"
        for kind in ("msg", "srv", "action")
        for path in compat.glob(f"*/{kind}/*.{kind}")
    }
    assert ours <= set(EXPECTED)


def test_every_foreign_interface_is_spoken_or_part_of_one_that_is() -> None:
    """Each makes the first set-up longer."""
    root = Path(__file__).parents[2]
    compat = root / "src" / "compat"
    files = [path for kind in ("msg", "srv", "action") for path in compat.glob(f"*/{kind}/*.{kind}")]
    folders = [*root.glob("src/amr_*/amr_*"), root / "tests" / "system", root / "docs"]
    texts = [path for folder in folders for ending in ("py", "md") for path in folder.rglob(f"*.{ending}")]
    words = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in [*texts, *files])))
    # BasicNavigator imports FollowGPSWaypoints, though nobody serves it.
    assert {path.stem for path in files} - words <= {"FollowGPSWaypoints"}
