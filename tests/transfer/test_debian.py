"""On a Debian of nothing but its own packages, without any network, the archive installs, runs and can be judged.

The root comes from debootstrap (apt) with python3 and iproute2, of the release whose Python the archive is for.
AMR_DEBIAN_ROOT names one that was made before; it is copied, never changed. `make nightly` runs this.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import transfer

from tests.transfer.support import wait_for_delivery

pytestmark = [pytest.mark.transfer_long, pytest.mark.timeout(3600)]
RELEASES = {"3.11": "bookworm", "3.13": "trixie"}
PACKAGES = "python3,iproute2"
TARGET = "/opt/amr"


@pytest.fixture(scope="module")
def root(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root folder of a Debian, with the archive in it."""
    place, ready = tmp_path_factory.mktemp("debian") / "root", os.environ.get("AMR_DEBIAN_ROOT")
    if ready:
        subprocess.run(["cp", "-a", "--reflink=auto", ready, place], check=True)
    elif transfer.PYTHON not in RELEASES or shutil.which("debootstrap") is None:
        pytest.skip(f"no Debian with Python {transfer.PYTHON} can be made here: debootstrap is absent (apt)")
    else:
        call = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASES[transfer.PYTHON], str(place)]
        done = subprocess.run(call, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:]
    shutil.copytree(unpacked, place / "srv" / "archive")
    return place


def inside(root: Path, words: Sequence[str | Path]) -> list[str]:
    """Return a call within the root, where loopback is the only interface and nothing of this machine is seen."""
    script = (
        "set -e; ip link set lo up; mount -t proc proc $0/proc; mount -t tmpfs shm $0/dev; mkdir $0/dev/shm; "
        "mknod -m 666 $0/dev/null c 1 3; mknod -m 666 $0/dev/zero c 1 5; mknod -m 666 $0/dev/urandom c 1 9; "
        "mknod -m 666 $0/dev/random c 1 8; ln -s /proc/self/fd $0/dev/fd; "
        'exec chroot $0 /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"'
    )
    namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--propagation", "private"]
    return ["unshare", *namespaces, "sh", "-c", script, str(root), *map(str, words)]


def told(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(inside(root, words), capture_output=True, text=True)


@pytest.fixture(scope="module")
def installed(root: Path) -> Path:
    """Return the root after `./install.sh`."""
    done = told(root, "sh", "/srv/archive/install.sh", TARGET)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def test_there_is_neither_network_nor_compiler_nor_node(root: Path) -> None:
    links = told(root, "ip", "-o", "link").stdout
    assert [line.split(": ")[1] for line in links.splitlines()] == ["lo"], links
    for program in ("gcc", "cc", "node", "npm", "git", "pip"):
        assert told(root, "sh", "-c", f"command -v {program}").returncode != 0, program
    own = told(root, "dpkg-query", "-W", "-f", "${Package}\n").stdout.split()
    assert "python3" in own
    assert len(own) < 200, "a root of Debian's base and Python"


def test_the_demo_delivers_its_first_order(installed: Path, tmp_path: Path) -> None:
    log, state = tmp_path / "log", installed / "srv" / "state"
    words = [f"{TARGET}/bin/amr", "demo", "--site", "lab", "--robots", "1", "--rtf", "max", "--orders-per-hour", "120",
             "--state", "/srv/state"]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(inside(installed, words), stdout=out, stderr=out)
        try:
            wait_for_delivery(process, state, log)
        finally:
            _interrupt(process)
    done = told(installed, f"{TARGET}/bin/amr", "journal", "verify", "/srv/state")
    assert (done.returncode, ": whole" in done.stdout) == (0, True), done.stdout + done.stderr


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """End what runs within: Ctrl-C for `amr` itself, which is the namespace's first process."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGINT)
    try:
        process.wait(90)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def test_all_short_cards_of_the_acceptance_test_pass(installed: Path) -> None:
    """Among them: the dataset is exported, a trial's dossier and the periodic report are made and verify."""
    done = told(installed, f"{TARGET}/bin/amr", "accept", "--quick", "--out", "/srv/acceptance")
    assert done.returncode == 0, done.stdout + done.stderr
    protocol = json.loads((installed / "srv" / "acceptance" / "protocol.json").read_text(encoding="utf-8"))
    assert (protocol["passed"], protocol["not_run"]) == (True, ["A10", "A11"])


def test_to_remove_the_folder_is_to_remove_all(installed: Path) -> None:
    """The last test of this module."""
    assert told(installed, "rm", "-r", TARGET).returncode == 0
    found = told(installed, "find", "/usr", "/etc", "/opt", "/var", "-iname", "*amr_*").stdout
    assert found == "", "nothing of the installation lies outside its folder"
