"""docs/house.md has a line for every package and a word for every folder in it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
LABORATORY = (ROOT / "src" / "amr_lab" / "README.md").read_text(encoding="utf-8")
PACKAGES = sorted(path.parent for path in ROOT.glob("src/amr_*/package.xml"))


def folders(where: Path) -> set[str]:
    """Return the folders with modules in a folder."""
    return {path.parent.name for path in where.glob("*/*.py")}


def test_every_package_has_a_line() -> None:
    names = {path.name for path in PACKAGES}
    assert len(names) > 8
    assert {name for name in names if f"| `src/{name}" not in HOUSE and f", `src/{name}" not in HOUSE} == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_folder_of_a_package_is_named(package: Path) -> None:
    if package.name == "amr_lab":
        assert {name for name in folders(package / package.name) if f"| `{name}/`" not in LABORATORY} == set()
        return
    lines = [line for line in HOUSE.splitlines() if line.startswith(f"| `src/{package.name}")]
    words = " ".join(lines)
    missing = folders(package / package.name)
    assert {name for name in missing if f"`{name}`" not in words and f"/{name}`" not in words} == set()


def test_every_kind_of_test_is_named() -> None:
    (line,) = [line for line in HOUSE.splitlines() if line.startswith("| `tests`")]
    assert {name for name in folders(ROOT / "tests") if f"`{name}`" not in line} == set()
