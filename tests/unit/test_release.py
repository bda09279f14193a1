"""One version: that of the newest release in the changelog. The decisions are numbered without a gap."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
import release

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(ROOT.glob("src/amr_*/package.xml"))


def versions(root: Path) -> set[str]:
    found = {ET.parse(path).findtext("version") or "" for path in root.glob("src/amr_*/package.xml")}
    web = root / "src" / "amr_fleet" / "web"
    lock = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))
    package = json.loads((web / "package.json").read_text(encoding="utf-8"))
    return found | {package["version"], lock["packages"][""].get("version", package["version"])}


def test_the_packages_have_the_version_of_the_newest_release() -> None:
    assert versions(ROOT) == {release.released((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))[0]}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.parent.name)
def test_setup_py_reads_its_version_from_package_xml(package: Path) -> None:
    setup = package.with_name("setup.py")
    if setup.is_file():
        text = setup.read_text(encoding="utf-8")
        assert "version=VERSION" in text
        assert 'with_name("package.xml")' in text


def test_no_line_of_the_changelog_stands_twice_in_two_versions() -> None:
    """Git joins both sides of a merge there: one line that was changed on either stands twice."""
    beginnings = Counter(re.findall(r"(?m)^- (.{60})", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    assert [text for text, times in beginnings.items() if times > 1] == []


def test_a_release_takes_what_is_unreleased_and_leaves_an_empty_heading() -> None:
    before = "# Changelog\n\n## Unreleased\n- new\n\n### Robots\n- more\n\n## 0.1.0 - 2026-11-26\n- old\n"
    after = release.cut(before, "0.2.0", "2026-12-01")
    assert after == before.replace("## Unreleased\n", "## Unreleased\n\n## 0.2.0 - 2026-12-01\n")
    assert release.released(after) == ["0.2.0", "0.1.0"]
    with pytest.raises(ValueError, match="nothing is unreleased"):
        release.cut(after, "0.3.0", "2026-12-02")


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1.0", "v1.0.0", "latest"])
def test_a_version_that_is_not_the_next_one_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=re.escape(version)):
        release.cut("## Unreleased\n- new\n\n## 0.1.0 - 2026-11-26\n", version, "2026-12-01")


def test_every_package_gets_the_version(tmp_path: Path) -> None:
    for path in (*PACKAGES, *(ROOT / "src" / "amr_fleet" / "web").glob("package*.json")):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    release.set_version(tmp_path, "7.8.9")
    assert versions(tmp_path) == {"7.8.9"}
