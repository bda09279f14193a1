"""`amr bench nav-peer`: Nav2 in two make-ups and the embedded navigation on the same drives, their tables in docs."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from amr_bringup.nav2 import params_file
from amr_core.errors import AmrError
from amr_lab.nav_peer.course import LAB, Course
from amr_lab.nav_peer.drives import SUCCEEDED, Driven, table
from amr_lab.nav_peer.run import into
from amr_lab.nav_peer.side import Name, launched

LIMIT: Final = 420.0
"""Wall seconds of one navigation's drives, after its start."""
START: Final = 200.0  # wall seconds beyond LIMIT for what comes before the drives
ENOUGH: Final = 0.99
"""Share of random goals that a navigation must reach."""
NAVFN: Final[Mapping[str, Any]] = {
    "plugin": "nav2_navfn_planner::NavfnPlanner",
    "tolerance": 0.25,
    "use_astar": False,
    "allow_unknown": False,
}


@dataclass(frozen=True)
class MakeUp:
    """A navigation to be driven with. planner: in place of the committed GridBased; controller: of NavigateToPose."""

    title: str
    navigation: Name
    planner: Mapping[str, Any] | None = None
    controller: str = ""


MAKE_UPS: Final[Mapping[str, MakeUp]] = {
    "smac-mppi": MakeUp("Nav2: Smac lattice + MPPI (committed)", "nav2"),
    "navfn-rpp": MakeUp("Nav2: NavFn + RPP", "nav2", NAVFN, "FollowPath"),
    "embedded": MakeUp("embedded navigation", "embedded"),
}


def parameters(make_up: MakeUp, folder: Path, site: str = "lab") -> str:
    """Write the parameter file of a make-up of Nav2; return its path, or "" for the committed one."""
    if make_up.planner is None:
        return ""
    committed = params_file(site, "lift_amr").read_text(encoding="utf-8")
    content = yaml.safe_load(committed)
    content["planner_server"]["ros__parameters"]["GridBased"] = dict(make_up.planner)
    file = folder / "nav2_params.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(file)


def drive(make_up: MakeUp, rtf: str, limit: float, course: Course) -> Driven:
    """Return what a navigation did on a course. Raises ros.missing, run.crashed."""
    with tempfile.TemporaryDirectory(prefix="amr-nav-peer-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        file, goals, params = folder / "driven.json", folder / "goals.json", parameters(make_up, folder, course.site)
        goals.write_text(json.dumps(course.goals), encoding="utf-8")
        extra = [f"nav2_params:={params}"] if params else []
        with launched(make_up.navigation, folder, rtf, *extra, site=course.site) as side:
            group = str(side.process.pid)
            arguments = (course.robot, str(file), group, str(limit), make_up.controller, course.site, str(goals))
            side.ask("amr_lab.nodes.nav_drives", *arguments, limit=limit + START)
        return Driven.read(json.loads(file.read_text(encoding="utf-8")))


def run_peer(
    which: str, output: Path | None, write: Path | None, rtf: str, limit: float, seen: Path | None,
    course: Course = LAB,
) -> bool:  # fmt: skip
    """Drive with the make-ups named, print and write their tables; tell whether they drove well enough.

    The lab's goals: the embedded one all of them. Random ones: every side 99 %, nothing touched. seen: JSON of earlier
    runs, which counts for what is not driven now. Raises run.bad_option, ros.missing, run.crashed.
    """
    plain: dict[str, Any] = json.loads(seen.read_text(encoding="utf-8")) if seen is not None else {}
    for name in chosen(which, without=plain):
        driven = drive(MAKE_UPS[name], rtf, limit, course)
        plain[name] = {"rtf": rtf, **driven.plain()}
        if output is not None:
            output.write_text(json.dumps(plain, indent=1), encoding="utf-8")
    sides = {
        name: Driven.read({k: v for k, v in plain[name].items() if k != "rtf"}) for name in MAKE_UPS if name in plain
    }
    titled = {MAKE_UPS[name].title: driven for name, driven in sides.items()}
    text = table(titled, about(plain, sides, course), course.goals)
    if write is not None:
        into(write, "nav-peer", text)
    sys.stdout.write(text + "\n")
    if course is not LAB:
        return all(one.collisions == 0 and len(one.reached) >= ENOUGH * len(course.goals) for one in sides.values())
    ours = sides.get("embedded")
    return ours is None or (all(d.end == SUCCEEDED for d in ours.drives) and ours.collisions == 0)


def chosen(which: str, without: Mapping[str, Any]) -> list[str]:
    """Return the make-ups of a comma separated list, "all": those that there are no figures of yet."""
    if which == "all":
        return [name for name in MAKE_UPS if name not in without]
    names = [name.strip() for name in which.split(",")]
    for name in names:
        if name not in MAKE_UPS:
            reason = f"there are {', '.join(MAKE_UPS)}"
            raise AmrError("run.bad_option", option="sides", value=name[:64], reason=reason)
    return names


def about(plain: Mapping[str, Any], sides: Mapping[str, Driven], course: Course = LAB) -> str:
    """Return the line above the tables: on what machine, how fast, how busy it was."""
    loads = [load for driven in sides.values() for load in driven.load]
    factors = ", ".join(sorted({str(plain[name]["rtf"]) for name in sides}))
    speeds = [driven.simulated / driven.wall for driven in sides.values() if driven.wall > 0.0]
    return (
        f"`amr bench nav-peer`, {os.cpu_count()} cores ({model()}), rtf {factors} (reached {min(speeds):.2f} to "
        f"{max(speeds):.2f}), load {min(loads):.0f} to {max(loads):.0f}; {course.said}, one lift AMR, "
        "embedded simulator:"
    )


def model(info: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of the processor."""
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
