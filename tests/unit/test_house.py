"""docs/house.md has a line for every package."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")


def test_every_package_has_a_line() -> None:
    packages = {path.parent.name for path in ROOT.glob("src/amr_*/package.xml")}
    assert len(packages) > 8
    assert {name for name in packages if f"| `src/{name}" not in HOUSE and f", `src/{name}" not in HOUSE} == set()
