"""Wheels of our packages: the same bytes each time, nothing of the folder they came from, and they work without it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

import handed_over
import pytest
import setup
import wheels
from build_interfaces import INTERFACE_PACKAGES
from handed_over import known
from wheels import InterfaceWheel, WheelError

from amr_bringup.domain import DomainLease

ROOT = Path(__file__).parents[2]
WHEN = 1_700_000_000
START = 120.0
"""Seconds within which a fleet answers on a busy machine."""


def wheel_of(folder: Path, contents: dict[str, bytes]) -> InterfaceWheel:
    files = []
    for place, data in contents.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        files.append((place, file))
    return InterfaceWheel("some_msgs", "1.2.3", "Apache-2.0", tuple(files))


def test_times_come_from_the_environment_or_the_commit() -> None:
    assert wheels.epoch({"SOURCE_DATE_EPOCH": "1700000000"}) == WHEN
    assert wheels.epoch({}) >= wheels.epoch({"SOURCE_DATE_EPOCH": "1790000000"}), "the commit's or the release's"


@pytest.mark.parametrize("rubbish", ["-1", "now", "1.5", "0", "315532799", "²"])
def test_a_time_that_is_none_is_refused(rubbish: str) -> None:
    with pytest.raises(WheelError, match="SOURCE_DATE_EPOCH"):
        wheels.epoch({"SOURCE_DATE_EPOCH": rubbish})


def test_an_interface_wheel_is_the_same_whoever_writes_it(tmp_path: Path) -> None:
    contents = {"some_msgs/__init__.py": b"", "some_msgs-1.2.3.data/data/lib/libsome.so": b"\x7fELF"}
    first = wheels.write_wheel(wheel_of(tmp_path / "a", contents), tmp_path, WHEN).read_bytes()
    later = wheel_of(tmp_path / "b", dict(reversed(contents.items())))
    for _, file in later.files:
        file.chmod(0o600)
        os.utime(file, (1.0, 1.0))
    other = wheels.write_wheel(later, tmp_path / "b", WHEN)
    assert first == other.read_bytes()
    with zipfile.ZipFile(other) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        modes = {info.filename.split(".")[-1]: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
        assert (modes["so"], modes["py"]) == (0o755, 0o644)


def test_the_record_names_every_file_with_its_hash(tmp_path: Path) -> None:
    made = wheels.write_wheel(wheel_of(tmp_path, {"some_msgs/a.py": b"x = 1\n"}), tmp_path, WHEN)
    assert re.fullmatch(r"some_msgs-1\.2\.3-cp3\d+-cp3\d+-linux_x86_64\.whl", made.name)
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
        record = archive.read("some_msgs-1.2.3.dist-info/RECORD").decode().splitlines()
        assert f"Tag: {made.stem.split('-', 2)[2]}\n" in archive.read("some_msgs-1.2.3.dist-info/WHEEL").decode()
    assert [line.split(",")[0] for line in record] == [*sorted(names[:-1]), "some_msgs-1.2.3.dist-info/RECORD"]
    assert names[-1] == "some_msgs-1.2.3.dist-info/RECORD", "PEP 427: the metadata at the end"
    expected = base64.urlsafe_b64encode(hashlib.sha256(b"x = 1\n").digest()).decode().rstrip("=")
    assert f"some_msgs/a.py,sha256={expected},6" in record


def test_a_library_that_names_its_folder_is_seen(tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path, {"lib/a.so": b"..." + str(tmp_path).encode(), "lib/b.so": b"..."})
    assert wheels.names_folder(wheel, tmp_path) == ["lib/a.so"]


def test_generated_interfaces_hold_what_runs_and_nothing_of_this_folder() -> None:
    for package in INTERFACE_PACKAGES:
        wheel = wheels.interface_wheel(package)
        assert wheels.names_folder(wheel) == []
        places = [place for place, _ in wheel.files]
        assert any(place.endswith(f"lib{package.name}__rosidl_typesupport_c.so") for place in places), package
        assert f"{package.name}/__init__.py" in places
        assert f"{package.name}-{wheel.version}.data/data/share/{package.name}/package.xml" in places
        assert not [p for p in places if re.search(r"\.(h|c|hpp|cmake|sh|bash|zsh|dsv)$|egg-info", p)]


def test_only_what_git_knows_and_the_dashboard_goes_into_a_wheel() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in wheels.sources(ROOT / "src" / "amr_fleet")}
    assert "src/amr_fleet/setup.py" in found
    assert not [name for name in found if "/web/" in name or "__pycache__" in name or ".egg-info" in name]
    assert "src/amr_fleet/amr_fleet/static/index.html" in found
    assert not [p for p in wheels.sources(ROOT / "src" / "amr_core") if "static" in p.parts]


def test_without_git_the_same_files_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = handed_over._listed
    with_git, untracked = set(known(ROOT)), set(listed(ROOT, "--others", "--exclude-standard"))
    monkeypatch.setattr(handed_over, "_listed", lambda *_: [])  # as in sources that somebody took over
    assert set(known(ROOT)) - untracked == with_git
    names = {path.relative_to(ROOT).as_posix() for path in with_git}
    assert {"README.md", "LICENSES/MIT.txt", ".gitignore", "src/amr_fleet/web/package.json"} <= names


def test_a_lock_pins_each_wheel(tmp_path: Path) -> None:
    for name in ("b_msgs-1.0-py3-none-any.whl", "a-2.0-py3-none-any.whl"):
        (tmp_path / name).write_bytes(name.encode())
    lines = wheels.lock_lines(tmp_path.glob("*.whl")).splitlines()
    digest = hashlib.sha256(b"a-2.0-py3-none-any.whl").hexdigest()
    assert lines[0] == f"a==2.0 --hash=sha256:{digest}"
    assert lines[1].startswith("b_msgs==1.0 --hash=sha256:")


def test_a_python_wheel_is_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for zone, mask in (("UTC", 0o022), ("Asia/Ho_Chi_Minh", 0o077)):
        monkeypatch.setenv("TZ", zone)
        before = os.umask(mask)
        try:
            out = tmp_path / zone.replace("/", "_")
            out.mkdir()
            digests.add(hashlib.sha256(wheels.build_python("amr_core", out, WHEN).read_bytes()).hexdigest())
        finally:
            os.umask(before)
    assert len(digests) == 1


def test_what_cannot_be_built_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "STATIC", tmp_path / "static")
    with pytest.raises(WheelError, match="the dashboard is not built: make setup"):
        wheels.build(tmp_path / "out", WHEN)
    monkeypatch.setattr(wheels, "BUILD", tmp_path)
    with pytest.raises(WheelError, match="amr_interfaces is not built: make setup"):
        wheels.interface_wheel(Path("src/amr_interfaces"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty virtual environment into which the locked libraries and all wheels of ours were installed."""
    folder = tmp_path_factory.mktemp("installed")
    built = wheels.build(folder / "wheels", WHEN)
    names = {wheel.name.split("-")[0] for wheel in built}
    assert names == {*setup.PYTHON_PACKAGES, *(package.name for package in INTERFACE_PACKAGES)}
    venv, uv = folder / "venv", str(setup.BIN / "uv")
    subprocess.run([uv, "venv", "--quiet", venv], check=True)
    options = ["--quiet", "--no-deps", "--require-hashes", "--find-links", str(folder / "wheels"),
               "--python", str(venv / "bin" / "python")]  # fmt: skip
    locks = ["-r", str(ROOT / "requirements" / "run.lock"), "-r", str(folder / "wheels" / wheels.LOCK)]
    subprocess.run([uv, "pip", "install", *options, *locks], check=True)
    return venv


def bare(folder: Path, **own: str) -> dict[str, str]:
    """Return an environment in which nothing points to this checkout."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST", **own}


@pytest.mark.timeout(600)
def test_the_wheels_work_in_an_empty_environment(installed: Path, tmp_path: Path) -> None:
    amr = str(installed / "bin" / "amr")

    def say(*words: str) -> str:
        done = subprocess.run(words, cwd=tmp_path, env=bare(tmp_path), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = "import amr_core, amr_fleet, nav2_msgs; print(amr_core.__file__, amr_fleet.__file__, nav2_msgs.__file__)"
    found = say(str(installed / "bin" / "python"), "-c", where).split()
    assert [Path(file).is_relative_to(installed) for file in found] == [True] * 3
    assert "simulate" in say(amr, "--help")
    assert "0 errors" in say(amr, "site", "lint", "lab")


@pytest.fixture
def fleet(installed: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start the installed fleet with its API for a moment; give what it wrote into its ready file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with closing(DomainLease()) as domain, (tmp_path / "log").open("wb") as log:
        words = [str(installed / "bin" / "fleet"), "--ros-args", "-p", "use_sim_time:=false", "-p", "site:=lab",
                 "-p", f"port:={port}", "-p", f"database:={tmp_path}/journal.sqlite3",
                 "-p", f"ready_file:={tmp_path}/ready.json"]  # fmt: skip
        env = bare(tmp_path, ROS_DOMAIN_ID=str(domain.id))
        process = subprocess.Popen(words, cwd=tmp_path, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + START
            while not (tmp_path / "ready.json").exists():
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < until, (tmp_path / "log").read_text()
                time.sleep(0.1)
            yield json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(90) == 0, (tmp_path / "log").read_text()


@pytest.mark.timeout(600)
def test_the_installed_fleet_serves_dashboard_and_api(fleet: dict[str, str]) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(fleet["url"] + "/", timeout=30).read().decode()
    scripts = re.findall(r'src="(/assets/[^"]+\.js)"', page)
    assert scripts, "the dashboard is in the wheel"
    assert browser.open(fleet["url"] + scripts[0], timeout=30).status == 200
    body = json.dumps({"user": fleet["user"], "password": fleet["password"]}).encode()
    request = urllib.request.Request(fleet["url"] + "/api/v1/login", body, {"Content-Type": "application/json"})
    assert browser.open(request, timeout=30).status == 200
    robots = json.load(browser.open(fleet["url"] + "/api/v1/robots", timeout=30))
    assert robots, "the lab's robots, not heard of yet"
