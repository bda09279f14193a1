"""What the product is made of: a bill of materials (CycloneDX 1.6) and the licences, from the lock files.

Python packages come from a lock of requirements/ (versions and hashes) and their licences from what is installed; the
dashboard's packages from its package-lock.json. Nothing is asked on the network, so nothing is said of known
vulnerabilities: give the file to a scanner (osv-scanner, grype, Dependency-Track) that has its own advisories.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution, distribution
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from amr_core.errors import AmrError

UNKNOWN: Final = "unknown"
FORBIDDEN: Final = re.compile(r"\bA?GPL\b|AFFERO|GNU GENERAL PUBLIC", re.IGNORECASE)
"""What may not be in the product; LGPL is used as it is, unchanged."""
_LESSER: Final = re.compile(r"LGPL|LESSER", re.IGNORECASE)
_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LONGEST: Final = 20_000_000  # bytes of a lock file


@dataclass(frozen=True)
class Part:
    """One package. kind: pypi or npm; hashes: (algorithm, hex) of its files as locked."""

    kind: str
    name: str
    version: str
    licence: str
    hashes: tuple[tuple[str, str], ...] = ()

    @property
    def purl(self) -> str:
        """The package URL."""
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"

    @property
    def forbidden(self) -> bool:
        """It is under a licence that the product may not carry; one of several to choose from is enough to be free."""
        choices = re.split(r"\bOR\b|/|;", self.licence)
        return all(FORBIDDEN.search(choice) and not _LESSER.search(choice) for choice in choices)


def python_parts(lock: Path) -> list[Part]:
    """Return the packages of a lock file; raise run.bad_option when it is none."""
    parts: list[Part] = []
    hashes: list[tuple[str, str]] = []
    for line in _text(lock).splitlines():
        found = _PIN.match(line)
        if found:
            hashes = []
            name, version = found[1].lower().replace("_", "-"), found[2]
            parts.append(Part("pypi", name, version, licence_of(name), ()))
        for digest in _HASH.findall(line):
            hashes.append(("SHA-256", digest))
            if parts:
                parts[-1] = Part("pypi", parts[-1].name, parts[-1].version, parts[-1].licence, tuple(hashes))
    if not parts:
        raise AmrError("run.bad_option", option="lock", value=str(lock), reason="it pins no package")
    return parts


def dashboard_parts(lock: Path) -> list[Part]:
    """Return the packages that the built dashboard contains; raise run.bad_option for a lock that is none."""
    try:
        packages: dict[str, Any] = json.loads(_text(lock))["packages"]
        found = [
            Part("npm", path.rpartition("node_modules/")[2], str(one["version"]), str(one.get("license", UNKNOWN)),
                 tuple(_integrity(str(one.get("integrity", "")))))
            for path, one in packages.items() if path and not one.get("dev")
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"it is no package-lock.json ({type(error).__name__})"
        raise AmrError("run.bad_option", option="lock", value=str(lock), reason=reason) from error
    return found


def licence_of(name: str) -> str:
    """Return the licence that an installed package says it has, a wheel of ROS in its package.xml."""
    try:
        known = distribution(name)
    except PackageNotFoundError:
        return UNKNOWN
    classifiers = [c.rpartition(" :: ")[2] for c in _told(known, "Classifier") if c.startswith("License ::")]
    classified = " / ".join(c for c in classifiers if c != "OSI Approved")
    said = " ".join(_told(known, "License")).strip().splitlines()
    return (
        next(iter(_told(known, "License-Expression")), "")
        or classified
        or (said[0][:80] if said else _from_file(known) or _from_package_xml(name) or UNKNOWN)
    )


def _from_package_xml(name: str) -> str:
    """Return what ROS itself says of ros-[jazzy-]NAME: its wheels carry no licence in their metadata."""
    found = re.match(r"ros-(?:jazzy-)?(.+)", name)
    if found is None:
        return ""
    file = Path(sys.prefix) / "share" / found[1].replace("-", "_") / "package.xml"
    if not file.is_file():  # no package of ROS but a library: its other wheel has the files
        return licence_of(f"ros-{found[1]}") if name.startswith("ros-jazzy-") else ""
    try:
        told = [(element.text or "").strip() for element in ElementTree.parse(file).getroot().iter("license")]
    except ElementTree.ParseError:
        return ""
    return " AND ".join(sorted(set(filter(None, told))))[:80]


def _told(known: Distribution, field: str) -> list[str]:
    return [str(value) for value in known.metadata.get_all(field) or []]


def _from_file(known: Any) -> str:
    """Return the first line of its licence file: ROS's wheels say nothing else."""
    if not isinstance(known, PathDistribution):
        return ""
    for file in known.files or []:
        if re.match(r"(LICEN[SC]E|COPYING)", file.name, re.IGNORECASE):
            lines = (file.read_text() or "").strip().splitlines()
            return lines[0].strip()[:80] if lines else ""
    return ""


def bill(parts: Sequence[Part], name: str, version: str) -> dict[str, Any]:
    """Return the bill of materials; the same parts give the same document, without a time in it."""
    parts = sorted(set(parts), key=lambda part: part.purl)
    seed = "\n".join(part.purl for part in parts)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": name, "name": name, "version": version}},
        "components": [_component(part) for part in parts],
        "dependencies": [{"ref": name, "dependsOn": [part.purl for part in parts]}],
    }


def _component(part: Part) -> dict[str, Any]:
    group, _, name = part.name.rpartition("/")
    found: dict[str, Any] = {"type": "library", "bom-ref": part.purl, "name": name, "version": part.version}
    if group:
        found["group"] = group
    found["licenses"] = [{"license": {"name": part.licence}}]
    found["purl"] = part.purl
    if len(part.hashes) == 1:
        found["hashes"] = [{"alg": alg, "content": digest} for alg, digest in part.hashes]
    elif part.hashes:  # one of several files: which one depends on the computer
        found["properties"] = [{"name": f"amr:locked:{alg}", "value": digest} for alg, digest in part.hashes]
    return found


def report(parts: Iterable[Part]) -> str:
    """Return the licences with their packages, as text."""
    by_licence: dict[str, list[str]] = {}
    for part in sorted(set(parts), key=lambda part: part.purl):
        by_licence.setdefault(part.licence, []).append(f"{part.name} {part.version}")
    return "\n".join(f"{licence}: {', '.join(names)}" for licence, names in sorted(by_licence.items()))


def _integrity(text: str) -> Iterable[tuple[str, str]]:
    for one in text.split():
        algorithm, _, value = one.partition("-")
        if algorithm == "sha512":
            try:
                yield "SHA-512", base64.b64decode(value, validate=True).hex()
            except binascii.Error:
                continue


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AmrError("run.bad_option", option="lock", value=str(path), reason=str(error)[:200]) from error
