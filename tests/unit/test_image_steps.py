"""What the Dockerfile makes of its user and folders, run in a root of its own: that user can write its volumes.

The root is this machine's, read only, under a layer that is thrown away (overlay, in a namespace). The images
need the archive of ROS, which the project's machines cannot reach: tried here is all but its packages.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_DOCKERFILE = (_ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
_LAYER = (
    "set -e; mount -t tmpfs layer $0; mkdir $0/up $0/work $0/root; "
    "mount -t overlay image -o lowerdir=/,upperdir=$0/up,workdir=$0/work $0/root; "
    "mount --rbind /dev $0/root/dev; mount -t tmpfs tmp $0/root/tmp; "
    'printf "%s" "$1" > $0/root/tmp/steps; exec chroot $0/root bash -e /tmp/steps'
)
_AS_IT = "setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs"


def _in_an_image(place: Path, steps: str) -> subprocess.CompletedProcess[str]:
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _LAYER, str(place), steps]
    return subprocess.run(words, capture_output=True, text=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if os.geteuid() != 0:
        pytest.skip("a root of one's own needs root")
    made = tmp_path_factory.mktemp("image")
    tried = _in_an_image(made, "true")
    if tried.returncode != 0:
        pytest.skip(f"no overlay here: {tried.stderr[-200:]}")
    return made


def test_the_user_of_the_images_writes_its_volumes_and_nothing_else(place: Path) -> None:
    (made,) = re.findall(r"^RUN (useradd (?:.*\\\n)*.*)", _DOCKERFILE, re.MULTILINE)
    (user,) = set(re.findall(r"^USER (\d+:\d+)$", _DOCKERFILE, re.MULTILINE))
    assert user == "10001:10001"
    volumes = sorted(set(re.findall(r'^VOLUME \["([^"]+)"\]', _DOCKERFILE, re.MULTILINE)))
    assert volumes == ["/var/lib/amr/state"]
    folders = [*volumes, "/var/lib/amr/numba", "/var/lib/amr/log", "/var/lib/amr/enrolment", "/var/lib/amr/drop"]
    steps = f"""rm -rf /var/lib/amr
if getent passwd amr >/dev/null; then userdel amr; fi
{made}
install -m 0755 {_ROOT}/docker/entrypoint.sh /usr/local/bin/amr-entrypoint
mkdir /ros
touch /ros/setup.bash
cd /var/lib/amr
for folder in {" ".join(folders)}; do {_AS_IT} sh -c 'echo kept > "$0/note"' $folder; stat -c '%U %n' $folder/note; done
for folder in /opt /etc /usr/local/bin; do {_AS_IT} sh -c ': > "$0/note"' $folder || echo "not $folder"; done
{_AS_IT} env -i PATH=/usr/bin:/bin AMR_ROS=/ros AMR_PREFIX=/ros /usr/local/bin/amr-entrypoint id -u
"""
    done = _in_an_image(place, steps)
    assert done.returncode == 0, done.stdout + done.stderr
    kept, refused = [f"amr {one}/note" for one in folders], ["not /opt", "not /etc", "not /usr/local/bin"]
    assert done.stdout.splitlines() == [*kept, *refused, "10001"]
    assert not Path("/opt/note").exists(), "the layer is gone with its namespace"
