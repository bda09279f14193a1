"""Run Nav2's own system testers, unmodified, against the embedded navigation and print how each ended.

Usage: nav2_testers.py FOLDER [RTF]. FOLDER: nav2_system_tests/src of a checkout of navigation2 (branch jazzy; it stays
outside this repository). Each tester gets a robot of its own (`amr nav2 robot`) in a copy of the lab whose first bay
looks east, because testers give initial poses of heading 0, and takes one to two minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from amr_core.errors import AmrError
from amr_lab.nav_peer.side import started

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = ROOT / ".venv" / "bin"
ROBOT: Final = "amr_01"
BAY: Final = {"id": "P1", "x": 18.4, "y": 6.0, "theta": 0.0, "lane": "east"}
GOAL, FAR = ("16.0", "4.0"), ("100.0", "100.0")
LIMIT: Final = 300.0
INSIDE: Final = ("--ros-args", "--remap", f"__ns:=/{ROBOT}")
"""Puts a tester that knows no namespaces into the robot's."""


@dataclass(frozen=True)
class Tester:
    """One tester: its file below FOLDER and how it is called."""

    file: str
    arguments: tuple[str, ...]


START: Final = (str(BAY["x"]), str(BAY["y"]))
TESTERS: Final = (
    Tester("system/nav_to_pose_tester_node.py", ("-rs", ROBOT, *START, *GOAL, "-e", "True")),
    Tester("system/nav_through_poses_tester_node.py", ("-r", *START, *GOAL, *INSIDE)),
    Tester("system_failure/tester_node.py", ("-r", *START, *FAR, *INSIDE)),
)


def site(folder: Path) -> Path:
    """Return a copy of the lab with the first robot's bay where the rack's stations were."""
    copy = folder / "maps" / "lab"
    shutil.copytree(ROOT / "maps" / "lab", copy)
    file = copy / "site.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["places"] = [place for place in content["places"] if place["kind"] != "rack"]
    mix = [flow for flow in content["demand"]["mix"] if "rack" not in (flow["pick"], flow["drop"])]
    total = sum(flow["share"] for flow in mix)
    content["demand"]["mix"] = [{**flow, "share": flow["share"] / total} for flow in mix]
    content["parking"] = [BAY if bay["id"] == BAY["id"] else bay for bay in content["parking"]]
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return copy


def run(tester: Tester, sources: Path, where: Path, rtf: str) -> int:
    """Return a tester's exit code against a robot of its own; -1 when it takes too long or there is no robot."""
    said = where.parent / "tester.log"
    try:
        with started("embedded", where.parent, rtf, site=str(where)) as side, said.open("wb") as log:
            path = os.pathsep.join([str(_stand_in(where.parent)), side.env.get("PYTHONPATH", "")])
            command = [str(BIN / "python"), str(sources / tester.file), *tester.arguments]
            env = {**side.env, "PYTHONPATH": path}
            return subprocess.run(command, env=env, stdout=log, stderr=log, timeout=LIMIT, check=False).returncode
    except subprocess.TimeoutExpired:
        return -1
    except AmrError as error:
        said.write_text(f"{error}\n", encoding="utf-8")
        return -1


def _stand_in(folder: Path) -> Path:
    """Return a folder with an empty zmq: a tester imports it and uses it only with GROOT_MONITORING."""
    place = folder / "stand_in"
    place.mkdir(exist_ok=True)
    (place / "zmq.py").write_text('"""Stands in for pyzmq."""\n', encoding="utf-8")
    return place


def main(words: list[str]) -> int:
    """Run all; return 1 when one did not pass."""
    if len(words) not in (1, 2) or not all((Path(words[0]) / tester.file).is_file() for tester in TESTERS):
        sys.stderr.write(f"{__doc__}\nFOLDER must hold {', '.join(tester.file for tester in TESTERS)}\n")
        return 2
    failed = 0
    for tester in TESTERS:
        with tempfile.TemporaryDirectory(prefix="amr-testers-", ignore_cleanup_errors=True) as name:
            where, began = site(Path(name)), time.monotonic()
            code = run(tester, Path(words[0]).resolve(), where, words[1] if len(words) == 2 else "1")
            sys.stdout.write(f"{tester.file}: exit code {code} after {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
            if code != 0:
                failed += 1
                sys.stdout.write((where.parent / "tester.log").read_text(errors="replace")[-1500:])
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
