"""Cuts a release: what stands under "Unreleased" in CHANGELOG.md gets a version and a date, every package the version.

Usage: release.py VERSION   (then commit, and tag as it says)
The version of a package stands in its package.xml, which its setup.py reads; tests/unit/test_release.py compares them.
"""

from __future__ import annotations

import datetime
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r"\d+\.\d+\.\d+")
HEADING = "## Unreleased\n"
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def released(changelog: str) -> list[str]:
    """Return the versions of a changelog, newest first."""
    return [match[1] for match in RELEASE.finditer(changelog)]


def cut(changelog: str, version: str, day: str) -> str:
    """Return the changelog with what is unreleased under a new version.

    Raises ValueError if there is nothing to release, or the version is not the newest.
    """
    if not VERSION.fullmatch(version):
        raise ValueError(f"{version} is no version: give three numbers, as 0.2.0")
    newest = max((tuple(map(int, known.split("."))) for known in released(changelog)), default=(-1,))
    if tuple(map(int, version.split("."))) <= newest:
        raise ValueError(f"{version} is not newer than {'.'.join(map(str, newest))}")
    head, found, rest = changelog.partition(HEADING)
    news = rest.split("\n## ")[0].strip()
    if not found or not news:
        raise ValueError("nothing is unreleased")
    return f"{head}{HEADING}\n## {version} - {day}\n{rest.lstrip()}"


def set_version(root: Path, version: str) -> None:
    """Write the version into every package.xml of ours and into the dashboard's package files."""
    for file in sorted((root / "src").glob("amr_*/package.xml")):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"<version>.*?</version>", f"<version>{version}</version>", text), encoding="utf-8")
    web = root / "src" / "amr_fleet" / "web"
    for file in (web / "package.json", web / "package-lock.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        for entry in (content, content.get("packages", {}).get("")):
            if entry and "version" in entry:
                entry["version"] = version
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Cut the release named in arguments."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    version = arguments[0]
    changelog = ROOT / "CHANGELOG.md"
    try:
        text = cut(changelog.read_text(encoding="utf-8"), version, datetime.date.today().isoformat())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    changelog.write_text(text, encoding="utf-8")
    set_version(ROOT, version)
    print(f"git commit -am 'Release {version}' && git tag -a v{version} -m 'Release {version}'")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
