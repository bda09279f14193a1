"""`amr security`: who may say what on ROS (SROS 2), which interfaces DDS binds, what the product is made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from amr_bringup.run_options import Navigation, RunMode, RunOptions
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.site import load_site

if TYPE_CHECKING:  # cryptography takes a moment to import, and `amr` has other commands
    from amr_bringup.security.keystore import Keystore
    from amr_bringup.security.policy import Grant
    from amr_bringup.security.supply import Part

security_app = typer.Typer(no_args_is_help=True, help="Keystore of SROS 2; interfaces of DDS; bill of materials.")
KeystoreArgument = Annotated[Path, typer.Argument(help="Folder of the keystore.")]
DaysOption = Annotated[int, typer.Option(min=1, max=3650, help="How long certificates of enclaves are valid (days).")]
_NOTE: Final = "amr.json"
_LONGEST: Final = 100_000


@dataclass(frozen=True)
class KeystorePlan:
    """What a keystore is for. robots: names out of the site's fleet; days: of its certificates."""

    site: str
    robots: tuple[str, ...]
    mode: RunMode = "real"
    days: int = 365

    def grants(self) -> list[Grant]:
        """Return what every node of this site may, with the embedded navigation and with Nav2; raises."""
        from amr_bringup.security.policy import grants

        site = load_site(self.site)
        known = {robot.name for robot in site.fleet}
        for robot in self.robots:
            if robot not in known:
                raise AmrError("robot.not_found", robot=robot)
        members = [robot for robot in site.fleet if robot.name in self.robots]
        site = site.model_copy(update={"fleet": members})
        options = RunOptions(site=self.site, robots=len(members), cameras=True, lockstep=False)
        specs = [spec for kind in ("embedded", "nav2") for spec in stack(site, replace(options, navigation=_as(kind)),
                                                                         self.mode)]  # fmt: skip
        return grants(specs, simulated=self.mode != "real")

    def write(self, store: Keystore) -> None:
        """Note the plan in its keystore."""
        (store.folder / _NOTE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def _as(text: str) -> Navigation:
    return "nav2" if text == "nav2" else "embedded"


def _opened(folder: Path) -> tuple[Keystore, KeystorePlan]:
    from amr_bringup.security.keystore import Keystore

    try:
        with (folder / _NOTE).open("rb") as file:
            note = json.loads(file.read(_LONGEST))
        robots = tuple(str(name) for name in note["robots"])
        mode: RunMode = "sim" if note["mode"] == "sim" else "real"
        return Keystore(folder), KeystorePlan(str(note["site"]), robots, mode, int(note["days"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = f"amr security init has not made it ({type(error).__name__})"
        raise AmrError("security.keystore", folder=str(folder), reason=reason) from error


@security_app.command("init")
def init(
    folder: KeystoreArgument,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    robots: Annotated[int | None, typer.Option(help="How many robots of the site's fleet; all when left out.")] = None,
    simulated: Annotated[bool, typer.Option(help="For a simulated site: clock and simulator, too.")] = False,
    days: DaysOption = 365,
    authority: Annotated[
        Path | None, typer.Option(help="Folder of the site's authority (amr mqtt files): one for MQTT and SROS 2.")
    ] = None,
) -> None:
    """Make a keystore with an enclave for every robot, agent, camera and the fleet; again: renew what has changed."""
    from amr_bringup.security.keystore import Keystore
    from amr_bringup.stack import fleet_robots

    if (folder / _NOTE).exists():
        store, plan = _opened(folder)
        _say(store.add(plan.grants(), days=plan.days), store)
        return
    model = load_site(site)
    names = tuple(robot.name for robot in fleet_robots(model, len(model.fleet) if robots is None else robots))
    plan, store = KeystorePlan(site, names, "sim" if simulated else "real", days), Keystore(folder)
    grants = plan.grants()
    store.create(f"{model.id} AMR authority", authority=authority)
    plan.write(store)
    _say(store.add(grants, days=days), store)


@security_app.command("add-robot")
def add_robot(folder: KeystoreArgument, robot: Annotated[str, typer.Argument(help="Its name in the site.")]) -> None:
    """Add a robot of the site: its own enclaves, and what the fleet may say to it."""
    store, plan = _opened(folder)
    if robot in plan.robots:
        raise AmrError("security.keystore", folder=str(folder), reason=f"{robot} is in it already")
    wider = replace(plan, robots=(*plan.robots, robot))
    changed = store.add(wider.grants(), days=plan.days)
    wider.write(store)
    _say(changed, store)


@security_app.command("check")
def check(folder: KeystoreArgument) -> None:
    """Check signatures, times, modes and permissions of a keystore; exit code 1 when something is wrong."""
    from amr_bringup.security.check import findings, has_plugins

    store, plan = _opened(folder)
    found = findings(store, plan.grants())
    for one in found:
        typer.echo(one)
    plugins = has_plugins()
    typer.echo({
        True: "Fast DDS here can use it (ROS_SECURITY_KEYSTORE, ROS_SECURITY_ENABLE, ROS_SECURITY_STRATEGY)",
        False: "Fast DDS here has no security plugin: it cannot use a keystore; use ROS from apt, or isolate by "
               "interface and domain (amr security interfaces)",
        None: "no Fast DDS is found here",
    }[plugins])  # fmt: skip
    typer.echo(f"{len(store.listed())} enclaves, {len(found)} findings")
    raise typer.Exit(1 if found else 0)


@security_app.command("interfaces")
def interfaces(
    name: Annotated[list[str] | None, typer.Argument(help="Interfaces that DDS may bind; lo when left out.")] = None,
    peer: Annotated[list[str] | None, typer.Option(help="Address of another computer of the same domain.")] = None,
) -> None:
    """Print a Fast DDS profile that binds these interfaces only, for FASTRTPS_DEFAULT_PROFILES_FILE."""
    from amr_core.dds_interfaces import LOOPBACK, profile

    typer.echo(profile(name or [LOOPBACK], peer or []), nl=False)


def _say(changed: Sequence[str], store: Keystore) -> None:
    for enclave in changed:
        typer.echo(enclave)
    typer.echo(f"{len(changed)} enclaves written, {len(store.listed())} in {store.folder}; private/ stays here")


_LocksOption = Annotated[
    list[Path] | None, typer.Option("--lock", help="Lock files; the product's own in a checkout when left out.")
]


@security_app.command("sbom")
def sbom(
    lock: _LocksOption = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; printed when left out.")] = None,
) -> None:
    """Write what the product is made of as CycloneDX 1.6 JSON, from its lock files."""
    from amr_bringup.security.supply import bill

    text = json.dumps(bill(_parts(lock), "amr", version("amr_bringup")), indent=1) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@security_app.command("licences")
def licences(lock: _LocksOption = None) -> None:
    """Print the licences of all packages; exit code 1 when one of them may not be in the product."""
    from amr_bringup.security.supply import report

    parts = _parts(lock)
    bad = [f"{part.name} {part.version}: {part.licence}" for part in parts if part.forbidden]
    typer.echo(report(parts))
    for one in bad:
        typer.echo(f"NOT ALLOWED {one}")
    raise typer.Exit(1 if bad else 0)


def _parts(locks: Sequence[Path] | None) -> list[Part]:
    from amr_bringup.security.supply import dashboard_parts, python_parts

    if not locks:
        root = Path(__file__).resolve().parents[3]
        locks = [root / "requirements" / "run.lock", root / "src" / "amr_fleet" / "web" / "package-lock.json"]
    return [part for file in locks for part in (dashboard_parts if file.suffix == ".json" else python_parts)(file)]
