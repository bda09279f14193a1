"""`make wheels`: a wheel of every package of ours, with the generated ROS interfaces and the built dashboard.

Usage: wheels.py [FOLDER]   (default: build/wheels; a new folder, or one that this made, which is emptied)

They install without this checkout, without Node and without a compiler, into a virtual environment with the libraries
of requirements/run.lock: `uv pip install --no-deps -r requirements/run.lock FOLDER/*.whl`. FOLDER/amr.lock names them
with their hashes.

The same commit gives the same bytes: times come from SOURCE_DATE_EPOCH (the commit's time when it is not set), the
order of files is that of their names, modes are 0644 and 0755. The interfaces' libraries are reproducible with the same
compiler; no file names the folder that it was built in.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import setup
from build_interfaces import BUILD, INTERFACE_PACKAGES, package_inputs
from handed_over import HandOverError, check, emptied, git, known
from release import RELEASE
from stamps import VENV

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "wheels"
LOCK = "amr.lock"
# What the packages' setup.py reads beside their own folder.
BESIDE = ("maps", "worlds")
_EARLIEST = 315_532_800  # 1980-01-01: a zip knows no earlier time
_RUNTIME = re.compile(r"\.(so|py|idl|json|msg|srv|action|xml)$")
"""What of an interface package serves at run time: no headers, CMake files and shell hooks."""


class WheelError(Exception):
    """A wheel cannot be built, in one sentence."""


@dataclass(frozen=True)
class InterfaceWheel:
    """What goes into the wheel of an interface package. files: path in the wheel and the file itself."""

    name: str
    version: str
    licence: str
    files: tuple[tuple[str, Path], ...]

    @property
    def filename(self) -> str:
        """The name of the wheel: its libraries fit one version of Python."""
        python = f"cp{sys.version_info.major}{sys.version_info.minor}"
        return f"{self.name}-{self.version}-{python}-{python}-linux_x86_64.whl"


def epoch(environment: dict[str, str] | None = None) -> int:
    """Return the time that all files get, s since 1970: SOURCE_DATE_EPOCH, the commit's, or the release's day."""
    given = (os.environ if environment is None else environment).get("SOURCE_DATE_EPOCH", "")
    if given:
        if not given.isdecimal() or int(given) < _EARLIEST:
            raise WheelError(f"SOURCE_DATE_EPOCH={given}: give seconds since 1970, not before 1980")
        return int(given)
    told = (git("log", "-1", "--format=%ct") or "").strip()
    if told.isdecimal():
        return int(told)
    newest = RELEASE.search((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    if newest is None:
        raise WheelError("CHANGELOG.md names no release and git no commit: set SOURCE_DATE_EPOCH")
    return int(datetime.fromisoformat(newest[2]).replace(tzinfo=UTC).timestamp())


def sources(folder: Path) -> list[Path]:
    """Return the files below a folder that a wheel may be built from: what git knows, and the built dashboard."""
    found = [path for path in known(folder) if not path.is_relative_to(setup.WEB)]
    if folder == setup.STATIC.parents[1]:
        found += [path for path in sorted(setup.STATIC.rglob("*")) if path.is_file()]
    return found


def copy_sources(package: str, target: Path) -> Path:
    """Copy what a package's wheel is built from; return the copied package. Modes do not depend on who checked out."""
    for folder in (ROOT / "src" / package, *(ROOT / name for name in BESIDE if package == "amr_core")):
        for path in sources(folder):
            copied = target / path.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
            copied.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
    return target / "src" / package


def build_python(package: str, out: Path, when: int) -> Path:
    """Build the wheel of a Python package from a copy of its sources; return it."""
    with tempfile.TemporaryDirectory() as temporary:
        source, made = copy_sources(package, Path(temporary)), Path(temporary) / "dist"
        code = "import os, sys; os.umask(0o022); from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
        env = {**os.environ, "SOURCE_DATE_EPOCH": str(when), "PYTHONPATH": str(setup.TOOLS), "TZ": "UTC"}
        call = [str(VENV / "bin" / "python"), "-c", code, str(made)]
        done = subprocess.run(call, cwd=source, env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise WheelError(f"{package}: {(done.stderr or done.stdout)[-2000:]}")
        wheel = next(made.glob("*.whl"))
        return Path(shutil.move(wheel, out / wheel.name))


def interface_wheel(package: Path, prefix: Path = VENV) -> InterfaceWheel:
    """Return what the wheel of an interface package contains, from what its build installed into a prefix."""
    xml = ElementTree.parse(ROOT / package / "package.xml")
    name, version = package.name, xml.findtext("version") or ""
    manifest = BUILD / name / "install_manifest.txt"
    if not manifest.exists():
        raise WheelError(f"{name} is not built: make setup")
    modules = next(iter(prefix.glob("lib/python3.*/site-packages")))
    found: dict[str, Path] = {}
    for line in manifest.read_text(encoding="utf-8").splitlines():
        file = Path(line)
        if file.is_relative_to(modules):
            place = str(file.relative_to(modules))
        else:
            place = f"{name}-{version}.data/data/{file.relative_to(prefix)}"
        index = "ament_index" in file.parts
        if (index or _RUNTIME.search(file.name)) and ".egg-info" not in place and "/environment/" not in place:
            found[place] = file
    return InterfaceWheel(name, version, xml.findtext("license") or "", tuple(sorted(found.items())))


def names_folder(wheel: InterfaceWheel, folder: Path = ROOT) -> list[str]:
    """Return the files of a wheel in which the folder that it was built in is written."""
    needle = str(folder).encode()
    return [place for place, file in wheel.files if needle in file.read_bytes()]


def write_wheel(wheel: InterfaceWheel, out: Path, when: int) -> Path:
    """Write the wheel of an interface package (PEP 427); return it."""
    info = f"{wheel.name}-{wheel.version}.dist-info"
    tag = "-".join(PurePosixPath(wheel.filename).stem.split("-")[2:])
    contents = {place: file.read_bytes() for place, file in wheel.files}
    contents[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {wheel.name}\nVersion: {wheel.version}\nLicense: {wheel.licence}\n"
        f"Summary: ROS 2 interfaces, generated from {wheel.name}\n"
    ).encode()
    contents[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: scripts/wheels.py\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    )
    record = "".join(f"{place},sha256={_digest(data)},{len(data)}\n" for place, data in sorted(contents.items()))
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    target = out / wheel.filename
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # The metadata last, as PEP 427 asks.
        for place in sorted(contents, key=lambda place: (place.startswith(info), place.endswith("/RECORD"), place)):
            entry = zipfile.ZipInfo(place, time.gmtime(when)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if place.endswith(".so") else 0o644) << 16 | 0o100000 << 16
            archive.writestr(entry, contents[place])
    return target


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def build_interfaces(out: Path, when: int) -> list[Path]:
    """Write the wheels of all interface packages."""
    made = []
    for package in INTERFACE_PACKAGES:
        if not package_inputs(ROOT / package):
            continue
        wheel = interface_wheel(package)
        if named := names_folder(wheel):
            raise WheelError(f"{package.name}: {named[0]} names the folder {ROOT}: make setup")
        made.append(write_wheel(wheel, out, when))
    return made


def lock_lines(wheels: Iterable[Path]) -> str:
    """Return lines for pip that pin wheels by version and hash, by name."""
    lines = []
    for wheel in sorted(wheels):
        name, version = wheel.name.split("-")[:2]
        lines.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return "".join(lines)


def ready() -> None:
    """Raise WheelError or HandOverError when the wheels cannot be built, before anything is touched."""
    if not (setup.STATIC / "index.html").exists():
        raise WheelError("the dashboard is not built: make setup")
    for package in INTERFACE_PACKAGES:
        if package_inputs(ROOT / package):
            interface_wheel(package)
    check([*(ROOT / "src" / name for name in setup.PYTHON_PACKAGES), *(ROOT / name for name in BESIDE)])


def build(out: Path, when: int) -> list[Path]:
    """Write all wheels and amr.lock into a folder that holds no other wheel; return the wheels."""
    ready()
    out.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(setup.WORKERS) as pool:
        python = list(pool.map(lambda name: build_python(name, out, when), setup.PYTHON_PACKAGES))
    wheels = sorted([*python, *build_interfaces(out, when)])
    (out / LOCK).write_text(lock_lines(wheels), encoding="utf-8")
    return wheels


def main(arguments: Sequence[str]) -> int:
    """Build all wheels into the folder named in arguments."""
    if len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        when = epoch()
        ready()
        out = emptied(Path(arguments[0]) if arguments else OUT, OUT)
        wheels = build(out, when)
    except (WheelError, HandOverError) as error:
        print(error, file=sys.stderr)
        return 1
    total = sum(wheel.stat().st_size for wheel in wheels)
    print(f"{len(wheels)} wheels, {total / 1e6:.1f} MB, in {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
