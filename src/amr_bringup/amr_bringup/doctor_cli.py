"""`amr doctor`: what of ROS 2, Nav2 and Gazebo is here, which versions, and what to install for the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from amr_bringup.doctor import RMW_CHOICE, USES, Survey, survey
from amr_bringup.shadow import refusal
from amr_core.errors import AmrError


def doctor(
    what: Annotated[
        str,
        typer.Argument(
            help='"robot": this robot\'s computer; "broker": the broker\'s files; left out: what is installed.',
            show_default=False,
        ),
    ] = "",
    env: Annotated[Path, typer.Option(help="With robot: the file of its service.")] = Path("/etc/amr/robot.env"),
    folder: Annotated[Path, typer.Option(help="With broker: the folder of `amr mqtt files`.")] = Path("/etc/amr/mqtt"),
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    need: Annotated[
        str, typer.Option(help=f"Exit code 1 unless this works: {', '.join(USES)}; several with commas.")
    ] = "embedded",
) -> None:
    """Say what of ROS 2, Nav2 and Gazebo is here, and which apt line brings the rest; or what ails a robot."""
    if what == "broker":
        raise typer.Exit(_broker(folder, as_json=as_json))
    if what:
        raise typer.Exit(_robot(what, env, as_json=as_json))
    wanted = [use.strip() for use in need.split(",") if use.strip()]
    unknown = [use for use in wanted if use not in USES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is not one of {', '.join(USES)}", param_hint="--need")
    result = survey(os.environ)
    typer.echo(json.dumps(result.as_json(), indent=2) if as_json else "\n".join(lines(result)))
    well = not result.shadowed and all(not result.missing(use) for use in wanted)
    raise typer.Exit(0 if well else 1)


def _robot(what: str, env: Path, *, as_json: bool) -> int:
    """Print what is wrong with a robot's computer; 1 when something is."""
    if what != "robot":
        raise typer.BadParameter(f'{what[:64]} is neither "robot" nor "broker"', param_hint="WHAT")
    from amr_bringup import doctor_robot

    findings = list(doctor_robot.examine(doctor_robot.RobotEnvironment.read(env, os.environ), doctor_robot.Probe()))
    told = doctor_robot.as_json(findings)
    rows = [f"{one.verdict:8} {one.what}: {one.words}" for one in findings]
    typer.echo(json.dumps(told, indent=2) if as_json else "\n".join(rows))
    return 0 if told["well"] else 1


def _broker(folder: Path, *, as_json: bool) -> int:
    """Print what is wrong with the files of a broker; 1 when something is."""
    from amr_interop.mqtt.site_files import LIST, old_access

    if not (folder / LIST).exists():
        reason = f"there is no {LIST} (amr mqtt files)"
        raise AmrError("run.bad_option", option="--folder", value=str(folder), reason=reason)
    old = old_access(folder)
    told = {"well": old is None, "access": "" if old is None else old.code, "words": "" if old is None else str(old)}
    line = f"good     access: {folder / LIST} allows all that this version says" if old is None else f"bad      {old}"
    typer.echo(json.dumps(told, indent=2) if as_json else line)
    return 0 if old is None else 1


def lines(result: Survey) -> list[str]:
    """Return the report for a person."""
    why = f"chosen by {RMW_CHOICE}" if result.chosen else "default"
    here = any(f.name == result.rmw and f.place for f in result.found)
    text = [f"ROS 2 {result.distro}, RMW {result.rmw} ({why}{'' if here else ', not installed'})"]
    for use, meaning in USES.items():
        missing = result.missing(use)
        text.append(f"{'no ' if missing else 'yes'}  {use}: {meaning}")
        text += [f"       {f.name} {f.version} ({f.place})" for f in result.found if f.use == use and f.place]
        text += [f"       {f.name} is missing" for f in missing]
        apt = sorted({f.apt for f in missing if f.apt})
        if apt:
            text.append(f"       sudo apt install {' '.join(apt)}   (then source /opt/ros/jazzy/setup.bash)")
        if any(not f.apt for f in missing):
            text.append("       make setup, in a checkout; on a robot colcon build and source its set-up")
    if result.shadowed:
        text.append(f"BAD  {refusal(result.shadowed)}")
    return text
