"""`amr robot`: the robots as URDF and SDF; a computer's place in its site; let robots obey another fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

robot_app = typer.Typer(
    no_args_is_help=True, help="Robot descriptions; a robot's place in its site: enrol, renew, site files, release."
)
console = Console(stderr=True, highlight=False)

TypeArgument = Annotated[str, typer.Argument(help="lift_amr or fork_robot.")]


@robot_app.command("build")
def build(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the files are fresh.")] = False,
) -> None:
    """Write the numbers that the xacro files read from the typed robot descriptions."""
    from amr_description import properties

    if check:
        stale = properties.stale()
        for name in stale:
            console.print(f"stale: {name}")
        raise typer.Exit(1 if stale else 0)
    for path in properties.build():
        print(path)


@robot_app.command("urdf")
def urdf(kind: TypeArgument) -> None:
    """Print the URDF of a robot type."""
    from amr_description.urdf import urdf as expand

    print(expand(kind))


@robot_app.command("sdf")
def sdf(
    kind: TypeArgument,
    name: Annotated[str, typer.Option(help="Name and namespace of the robot.")] = "amr_01",
) -> None:
    """Print the SDF model that Gazebo spawns."""
    from amr_description.sdf import model_sdf
    from amr_description.urdf import urdf as expand

    print(model_sdf(expand(kind, name, gazebo=True), name))


@robot_app.command("release")
def release(robots: Annotated[list[str], typer.Argument(help="Names of the robots, as amr_01.")]) -> None:
    """Let robots obey the next fleet that they hear; run it in the robots' ROS domain. Exit code 1: one is silent."""
    from amr_bringup.nodes.release import release as ask

    answers = ask(robots)
    for name, obeyed in answers.items():
        print(f"{name}: " + ("no answer" if obeyed is None else f"released from {obeyed or 'no fleet'}"))
    raise typer.Exit(1 if None in answers.values() else 0)


ServerArgument = Annotated[str, typer.Argument(help="Address of the dashboard, as https://amr.site.")]
FolderOption = Annotated[Path, typer.Option(help="Folder for key, certificate, site files and robot.env.")]
_FOLDER = Path("/etc/amr")


@robot_app.command("enrol")
def enrol(
    server: ServerArgument,
    code: Annotated[str, typer.Option(prompt=True, help="The one-time code that the dashboard shows.")],
    folder: FolderOption = _FOLDER,
) -> None:
    """Make this computer a robot of a site: certificate, name, site files and robot.env for its service."""
    from amr_bringup.enrol import enrol as become

    newcomer = become(server, code, folder)
    print(f"{newcomer.name} of {newcomer.site}, site files {newcomer.site_version[:12]}, broker {newcomer.broker}")
    print(f"in {folder}: the service reads robot.env")


@robot_app.command("renew")
def renew(server: ServerArgument, folder: FolderOption = _FOLDER) -> None:
    """Renew this robot's certificate when a third of its life is left; for a timer, once a day."""
    from amr_bringup.enrol import renew as fresh

    until = fresh(server, folder)
    print("not due yet" if until is None else f"renewed until {until:%Y-%m-%d}")


site_app = typer.Typer(no_args_is_help=True, help="The site files of this robot: map, masks, graph, parameters.")
robot_app.add_typer(site_app, name="site")


@site_app.command("update")
def site_update(
    server: Annotated[str, typer.Argument(help="Address of the dashboard, as https://amr.site.")] = "",
    folder: FolderOption = _FOLDER,
    back: Annotated[bool, typer.Option("--back", help="Take the files that were here before the last ones.")] = False,
) -> None:
    """Take the server's site files, or go back to those before; the robot must stand, and is started anew after it."""
    from amr_bringup.enrol import SITE, update_site
    from amr_core.errors import AmrError
    from amr_core.site.archive import go_back, version

    if back == bool(server):
        raise AmrError("run.bad_option", option="SERVER", value=server, reason="give the server's address, or --back")
    if back:
        go_back(folder / SITE)
    elif update_site(server, folder) is None:
        print(f"site files {version(folder / SITE)[:12]}: the server has no others")
        return
    print(f"site files {version(folder / SITE)[:12]}; now: systemctl restart amr-robot")
