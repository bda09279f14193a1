"""`python scripts/camera_cpu.py COMMIT`: what a fixed camera's node takes a picture here, against another commit.

Usage: camera_cpu.py COMMIT [--detector motion|nanodet] [--pictures N] [--pairs P] [--limit RATIO]
  Both trees get the same message with the same picture and go from it to events, each with its own code, detector and
  site, in colour where its node gives the detector colour; the commit is unpacked into a temporary folder and needs no
  set-up of its own. They run in turn, so that other work on the machine costs both the same. nanodet needs the model
  of `make models`. Exit code 1 when the median ratio is above --limit (1.3).
"""

from __future__ import annotations

import argparse
import inspect
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from surroundings import neutral

ROOT = Path(__file__).resolve().parent.parent
SITE = "cai_cui"
_WARM = 12  # pictures that nobody counts: the scene is learnt, kernels are compiled
_PARTS = ("src/amr_core", "src/amr_perception", "maps")


def pictures() -> list[Any]:
    """Return messages of a hall in colour, 640 x 480, in half of which somebody walks."""
    import numpy as np

    rng = np.random.default_rng(7)
    hall = np.full((480, 640), 120, np.uint8)
    for _ in range(260):
        x, y, w, h = (int(v) for v in rng.integers((0, 0, 6, 6), (620, 460, 70, 70)))
        hall[y : y + h, x : x + w] = int(rng.integers(40, 230))
    made = []
    for k in range(20):
        shown = hall.copy()
        if k % 2:
            shown[200:330, 20 * k : 20 * k + 40] = 20
        noisy = np.clip(shown + rng.normal(0.0, 1.5, shown.shape), 0, 255).astype(np.uint8)
        data = np.repeat(noisy[..., None], 3, axis=2).tobytes()
        made.append(SimpleNamespace(encoding="bgr8", height=480, width=640, step=3 * 640, data=data))
    return made


def measure(count: int, detector: str) -> float:
    """Return the CPU milliseconds of a picture in the tree whose packages are on the path."""
    from amr_core.cameras import fixed_view
    from amr_core.site import load_site
    from amr_perception.fixed.floor import Floor
    from amr_perception.fixed.watch import CameraWatch
    from amr_perception.nodes.images import image_to_array

    if Path.cwd() not in Path(inspect.getfile(CameraWatch)).resolve().parents:
        raise SystemExit("another tree's code is on the path")
    site, sent, seen = load_site(str(Path.cwd() / "maps" / SITE)), pictures(), 0
    watch = CameraWatch(site, Floor.of(fixed_view(site.cameras[0])), _nanodet() if detector == "nanodet" else None)
    colour: dict[str, Any] = {"colour": True} if detector == "nanodet" and _takes(image_to_array, "colour") else {}
    timed = _takes(watch.look, "now")
    began = 0.0
    for k in range(_WARM + count):
        if k == _WARM:
            began = time.process_time()
        now = 0.1 * k
        picture = image_to_array(sent[k % len(sent)], **colour)
        sight = watch.look(picture, [], now=now, stamp=now) if timed else watch.look(picture, [])
        watch.events(now, sight)
        seen += sight.seen is not None and k >= _WARM
    if seen < 0.9 * count:  # a blind camera does less
        raise SystemExit(f"only {seen} of {count} pictures could be judged: {sight.blind}")
    return 1000.0 * (time.process_time() - began) / count


def _takes(what: Any, name: str) -> bool:
    return name in inspect.signature(what).parameters


def _nanodet() -> Any:
    """Return the detector as the tree's camera node makes it."""
    from amr_perception.people import nanodet

    weak = getattr(nanodet, "WEAK", None)
    return nanodet.NanoDet() if weak is None else nanodet.NanoDet(weak)


def run(tree: Path, count: int, detector: str) -> float:
    """Return what measure() says in a process of its own with the packages of a tree."""
    paths = os.pathsep.join(str(tree / part) for part in _PARTS if part.startswith("src"))
    env = {**neutral(os.environ), "PYTHONPATH": paths}
    chosen = ["--child", "--detector", detector, "--pictures", str(count), "-"]
    call = [sys.executable, str(Path(__file__).resolve()), *chosen]
    done = subprocess.run(call, env=env, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{tree}: {done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


def main(arguments: Sequence[str]) -> int:
    """Run the pairs and print the ratio."""
    parser = argparse.ArgumentParser(description="CPU of a camera node's picture here and at another commit, in turn.")
    parser.add_argument("commit")
    parser.add_argument("--detector", choices=("motion", "nanodet"), default="motion")
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=1.3)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.child:
        print(measure(chosen.pictures, chosen.detector))
        return 0
    if chosen.pictures < 1 or chosen.pairs < 1:
        parser.error("--pictures, --pairs: at least 1")
    packed = subprocess.run(
        ["git", "archive", chosen.commit, "--", *_PARTS], cwd=ROOT, capture_output=True, check=False
    )  # fmt: skip
    if packed.returncode:
        parser.error(f"{chosen.commit}: {packed.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory(prefix="amr_camera_cpu_") as folder:
        with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        here: list[float] = []
        there: list[float] = []
        for number in range(chosen.pairs):
            for tree, taken in ((ROOT, here), (Path(folder), there))[:: 1 if number % 2 else -1]:
                taken.append(run(tree, chosen.pictures, chosen.detector))
    ratios = [a / b for a, b in zip(here, there, strict=True)]
    ratio = statistics.median(ratios)
    print(f"a picture of 640 x 480, {chosen.detector}, {chosen.pairs} pairs of {chosen.pictures} pictures")
    print(f"here {statistics.median(here):.2f} ms, {chosen.commit} {statistics.median(there):.2f} ms")
    print(f"here / there {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), at most {chosen.limit:g}")
    return 1 if ratio > chosen.limit else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
