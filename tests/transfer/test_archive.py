"""On a computer without any network and without this checkout the archive installs, and its demo delivers an order.

It takes minutes to build and to try: `make nightly` does, `make test` leaves it out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import transfer

from tests.transfer.support import wait_for_delivery

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.transfer_long, pytest.mark.timeout(3600)]


def offline(words: Sequence[str | Path], home: Path) -> list[str]:
    """Return a call in which nothing but loopback exists, and neither this checkout nor the caches of this machine."""
    hide = "".join(f"mount -t tmpfs none {path}; " for path in (ROOT, Path.home() / ".cache") if path.is_dir())
    script = f'set -e; ip link set lo up; {hide}cd {home}; exec "$@"'
    return ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *map(str, words)]


def bare(home: Path) -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(home), "PYTHON": _own_python()}


def _own_python() -> str:
    return str(Path(sys.base_prefix) / "bin" / f"python{transfer.PYTHON}")


@pytest.fixture(scope="module")
def installed(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the archive's installer put everything, with loopback as the only interface."""
    home = tmp_path_factory.mktemp("home")
    seen = subprocess.run(offline(["ip", "-o", "link"], home), env=bare(home), capture_output=True, text=True)
    assert re.findall(r"^\d+: (\w+):", seen.stdout, re.MULTILINE) == ["lo"], seen.stdout + seen.stderr
    call = offline(["sh", unpacked / "install.sh", home / "amr"], home)
    done = subprocess.run(call, env=bare(home), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "amr"


def test_the_checkout_is_not_there_and_the_command_is(installed: Path) -> None:
    home = installed.parent
    seen = subprocess.run(offline(["ls", "-A", ROOT], home), env=bare(home), capture_output=True, text=True)
    assert (seen.returncode, seen.stdout) == (0, ""), "what follows needs nothing of it"
    call = offline([installed / "bin" / "amr", "site", "lint", "cai_cui"], home)
    done = subprocess.run(call, env=bare(home), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bill_of_materials_is_what_is_installed(unpacked: Path, installed: Path) -> None:
    bill = json.loads((unpacked / "sbom.cdx.json").read_text(encoding="utf-8"))
    told = {(one["name"], one["version"]) for one in bill["components"] if one["purl"].startswith("pkg:pypi/")}
    code = "from importlib.metadata import distributions as d; print(*{f'{x.name}=={x.version}' for x in d()})"
    call = [str(installed / "bin" / "python"), "-c", code]
    there = subprocess.run(call, env=bare(installed.parent), capture_output=True, text=True, check=True).stdout.split()
    ours = {line.split("==")[0] for line in (unpacked / "wheels" / "amr.lock").read_text().splitlines()}
    found = {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in (x.split("==") for x in there)
             if name not in ours}  # fmt: skip
    assert {(name, version) for name, version in told if name != "uv"} <= found
    # The wheels of ROS carry egg-info of the packages within.
    egg = {name for name, _ in found - told}
    assert not [name for name in egg if f"ros-{name}" not in {n for n, _ in told}], egg


def test_the_signed_provenance_names_every_file(unpacked: Path) -> None:
    envelope = json.loads((unpacked / "provenance.dsse.json").read_text(encoding="utf-8"))
    said = json.loads(base64.b64decode(envelope["payload"]))
    after = {"provenance.json", "provenance.dsse.json", "SHA256SUMS"}
    there = {str(path.relative_to(unpacked)): hashlib.sha256(path.read_bytes()).hexdigest()
             for path in transfer.files(unpacked)}  # fmt: skip
    wanted = {name: value for name, value in there.items() if name not in after}
    assert {one["name"]: one["digest"]["sha256"] for one in said["subject"]} == wanted


@pytest.fixture
def demo(installed: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Start the installed demo on the small site; give the process and its state folder."""
    words: list[str | Path] = [installed / "bin" / "amr", "demo", "--site", "lab", "--robots", "1", "--rtf", "max",
             "--orders-per-hour", "120", "--state", tmp_path / "state"]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        call = offline(words, installed.parent)
        process = subprocess.Popen(call, env=bare(installed.parent), stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process, tmp_path / "state"
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
    assert code in (0, 130), (tmp_path / "log").read_text()[-3000:]


def test_the_demo_delivers_its_first_order(demo: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, state = demo
    wait_for_delivery(process, state, state.parent / "log")
