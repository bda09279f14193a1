"""The `amr` command."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from amr_bringup import nav2_cli
from amr_bringup.accept_cli import accept
from amr_bringup.calibrate_cli import calibrate_app
from amr_bringup.dataset_cli import dataset_app
from amr_bringup.doctor_cli import doctor
from amr_bringup.extensions import add_commands
from amr_bringup.incident_cli import incident_app
from amr_bringup.interop import mqtt_address
from amr_bringup.journal_cli import journal_app
from amr_bringup.lif_cli import export_app, import_app
from amr_bringup.options import checked_incident, parse_rtf
from amr_bringup.report_cli import report_app
from amr_bringup.robot_cli import robot_app
from amr_bringup.robot_type_cli import add_robot_type
from amr_bringup.run_options import (
    RunOptions,
    checked_drop,
    checked_escalation,
    checked_language_model,
    checked_neighbours,
    checked_oidc,
    checked_settings,
    checked_syslog,
    checked_webhooks,
)
from amr_bringup.sandbox_cli import sandbox_app
from amr_bringup.security_cli import security_app
from amr_bringup.stack import fleet_robots, stack
from amr_bringup.syslog_cli import syslog_app
from amr_bringup.train_cli import train_app
from amr_bringup.uav import free_port
from amr_bringup.user_cli import user_app
from amr_bringup.webhooks_cli import webhooks_app
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_core.site.ready import ready_site

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Robots of a port warehouse: run, check, measure.")
site_app = typer.Typer(no_args_is_help=True, help="Build and check sites.")
app.add_typer(site_app, name="site")
site_app.add_typer(import_app, name="import")
site_app.command("robot-type")(add_robot_type)
site_app.add_typer(export_app, name="export")
app.add_typer(robot_app, name="robot")
app.add_typer(calibrate_app, name="calibrate")
app.add_typer(dataset_app, name="dataset")
app.add_typer(journal_app, name="journal")
app.add_typer(incident_app, name="incident")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(report_app, name="report")
app.add_typer(security_app, name="security")
app.add_typer(nav2_cli.app, name="nav2")
app.add_typer(webhooks_app, name="webhooks")
app.add_typer(syslog_app, name="syslog")
app.add_typer(train_app, name="train")
app.add_typer(user_app, name="user")
app.command("doctor")(doctor)
app.command("accept")(accept)
console = Console(stderr=True, highlight=False)

SiteOption = Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")]
RobotsOption = Annotated[int | None, typer.Option(help="How many robots of the site's fleet; all when left out.")]
SeedOption = Annotated[int, typer.Option(help="Seed of arrivals, noise and people.")]
RateOption = Annotated[float | None, typer.Option(help="Orders that arrive per hour.")]
PortOption = Annotated[int, typer.Option(help="Loopback port of the dashboard.")]
CamerasOption = Annotated[bool, typer.Option(help="The site's fixed cameras watch crossings, docks and lanes.")]
FramesOption = Annotated[
    bool, typer.Option(help="With --cameras: one small blurred picture a second of each camera on the dashboard.")
]
DepthOption = Annotated[bool, typer.Option(help="Robots have depth cameras: low and hanging things stop them, too.")]
ModelOption = Annotated[Path | None, typer.Option(help="YAML file that names a language model for the assistant.")]
SettingsOption = Annotated[Path | None, typer.Option(help="YAML file with settings of the fleet.")]
VdaOption = Annotated[
    int, typer.Option("--vda5050", help="So many robots, the last ones, are led over VDA 5050 (2.1 and 3.0) by MQTT.")
]
MqttOption = Annotated[
    str, typer.Option(help="With --vda5050: HOST:PORT of a broker; a small one of our own if not given.")
]
RecordOption = Annotated[
    Path | None, typer.Option(help="With --cameras: folder for detections, events and, with --camera-frames, pictures.")
]
SecureOption = Annotated[
    bool, typer.Option(help="ROS with the keystore of SROS 2, where Fast DDS has its security plugin.")
]
IncidentOption = Annotated[
    str,
    typer.Option(
        help="Training site: what goes wrong by itself after 2 min. camera: one gives no pictures; lost: a robot does "
        "not know where it is; blocked: goods lie in a lane."
    ),
]
TrialOption = Annotated[bool, typer.Option(help="Under a sample permit of an authority; after 3 min it is broken.")]
WebhooksOption = Annotated[Path | None, typer.Option(help="With --state: YAML file with who gets webhooks.")]
DropOption = Annotated[Path | None, typer.Option(help="With --state: YAML file with whose files become orders.")]
EscalationOption = Annotated[
    Path | None, typer.Option(help="With --state: YAML file with who is told of alarms that nobody takes.")
]
SyslogOption = Annotated[Path | None, typer.Option(help="With --state: YAML file with the log servers.")]
NeighboursOption = Annotated[Path | None, typer.Option(help="YAML file with who else is told of the fleet.")]
OidcOption = Annotated[Path | None, typer.Option(help="YAML file with the provider of log-ins (OIDC).")]
UavOption = Annotated[bool, typer.Option(help="An aircraft counts the racks of two aisles.")]
UavMavlinkOption = Annotated[
    bool, typer.Option("--uav-mavlink", help="The same, and the fleet speaks MAVLink (UDP, this computer) to it.")
]
StateOption = Annotated[Path | None, typer.Option(help="Folder that keeps the journal and logs for the next start.")]


def _recording(folder: Path | None, cameras: bool) -> str:
    """Return the folder of a recording, "" for none; there is nothing to record without cameras."""
    if folder is None:
        return ""
    if not cameras:
        raise AmrError("run.bad_option", option="--record", value=str(folder), reason="only with --cameras")
    return str(folder.absolute())


@app.command()
def demo(
    site: SiteOption = "cai_cui",
    robots: RobotsOption = None,
    seed: SeedOption = 1,
    rtf: Annotated[str, typer.Option(help="Real-time factor, or max.")] = "1",
    orders_per_hour: RateOption = None,
    port: PortOption = 8080,
    state: StateOption = None,
    cameras: CamerasOption = False,
    camera_frames: FramesOption = False,
    depth: DepthOption = False,
    record: RecordOption = None,
    settings: SettingsOption = None,
    vda5050: VdaOption = 0,
    mqtt: MqttOption = "",
    secure: SecureOption = False,
    trial: TrialOption = False,
    incident: IncidentOption = "",
    webhooks: WebhooksOption = None,
    language_model: ModelOption = None,
    drop_folder: DropOption = None,
    escalation: EscalationOption = None,
    syslog: SyslogOption = None,
    neighbours: NeighboursOption = None,
    oidc: OidcOption = None,
    uav: UavOption = False,
    uav_mavlink: UavMavlinkOption = False,
) -> None:
    """Run the whole warehouse with its dashboard until Ctrl-C."""
    from amr_bringup.run import run_demo

    model = ready_site(site)
    options = RunOptions(
        site=site,
        robots=len(model.fleet) if robots is None else robots,
        seed=seed,
        cameras=cameras or incident == "camera",
        camera_frames=camera_frames,
        depth=depth,
        record=_recording(record, cameras),
        settings=checked_settings(str(settings or "")),
        vda5050=vda5050,
        mqtt=mqtt_address(vda5050, mqtt),
        secure=secure,
        rtf=parse_rtf(rtf),
        orders_per_hour=model.demand.base_per_hour if orders_per_hour is None else orders_per_hour,
        port=port,
        trial=trial,
        incident=checked_incident(incident, model),
        webhooks=checked_webhooks(str(webhooks or "")),
        language_model=checked_language_model(str(language_model or "")),
        drop_folder=checked_drop(str(drop_folder or "")),
        escalation=checked_escalation(str(escalation or "")),
        syslog=checked_syslog(str(syslog or "")),
        neighbours=checked_neighbours(str(neighbours or "")),
        oidc=checked_oidc(str(oidc or "")),
        uav=uav or uav_mavlink,
        uav_mavlink=free_port() if uav_mavlink else 0,
    )
    raise typer.Exit(run_demo(model, options, state))


@app.command()
def run(
    site: SiteOption = "cai_cui",
    robots: RobotsOption = None,
    orders: Annotated[int, typer.Option(help="How many orders to deliver.")] = 60,
    seed: SeedOption = 1,
    rtf: Annotated[str, typer.Option(help="Real-time factor, or max.")] = "max",
    orders_per_hour: RateOption = None,
    headless: Annotated[bool, typer.Option(help="No dashboard.")] = False,
    port: PortOption = 8080,
    report: Annotated[Path | None, typer.Option(help="Write the figures of the run as JSON.")] = None,
    state: StateOption = None,
    cameras: CamerasOption = False,
    camera_frames: FramesOption = False,
    depth: DepthOption = False,
    record: RecordOption = None,
    settings: SettingsOption = None,
    vda5050: VdaOption = 0,
    mqtt: MqttOption = "",
    secure: SecureOption = False,
    time_limit: Annotated[float, typer.Option(help="Give up after this much simulated time (s).")] = 14400.0,
) -> None:
    """Deliver a number of orders and report; exit code 0 only if every order was delivered."""
    from amr_bringup.run import run_orders

    model = ready_site(site)
    if orders < 1:
        raise AmrError("run.bad_option", option="--orders", value=orders, reason="at least 1")
    options = RunOptions(
        site=site,
        robots=len(model.fleet) if robots is None else robots,
        seed=seed,
        cameras=cameras,
        camera_frames=camera_frames,
        depth=depth,
        record=_recording(record, cameras),
        settings=checked_settings(str(settings or "")),
        vda5050=vda5050,
        mqtt=mqtt_address(vda5050, mqtt),
        secure=secure,
        rtf=parse_rtf(rtf),
        orders=orders,
        orders_per_hour=4 * model.demand.base_per_hour if orders_per_hour is None else orders_per_hour,
        port=0 if headless else port,
        time_limit=time_limit,
    )
    raise typer.Exit(run_orders(model, options, state, report))


@app.command()
def nodes(site: SiteOption = "cai_cui", robots: RobotsOption = None) -> None:
    """Print the node descriptions of a run as JSON."""
    model = load_site(site)
    options = RunOptions(site=site, robots=len(model.fleet) if robots is None else robots)
    fleet_robots(model, options.robots)
    for spec in stack(model, options):
        print(json.dumps({"group": spec.group, "target": spec.target, "name": f"{spec.namespace}/{spec.name}"}))


@site_app.command("build")
def site_build(
    site: Annotated[str, typer.Argument(help="Name or folder of the site.")],
    check: Annotated[bool, typer.Option("--check", help="Only say whether the generated files are fresh.")] = False,
) -> None:
    """Write map, masks, world and route graph from site.yaml."""
    from amr_core.site.build import build_site, check_fresh

    if check:
        stale = check_fresh(site)
        for name in stale:
            console.print(f"stale: {name}")
        raise typer.Exit(1 if stale else 0)
    for path in build_site(site):
        print(path)


@site_app.command("lint")
def site_lint(site: Annotated[str, typer.Argument(help="Name or folder of the site.")]) -> None:
    """Check a site for what would trouble robots: dead ends, narrow lanes, unreachable stations, too little parking."""
    from amr_core.site.lint import lint

    findings = lint(load_site(site))
    for finding in findings:
        print(finding)
    errors = sum(finding.severity == "error" for finding in findings)
    print(f"{errors} errors, {len(findings) - errors} warnings")
    raise typer.Exit(1 if errors else 0)


add_commands(app)


def main() -> None:
    """Entry point: an AmrError becomes one clear line and exit code 2."""
    try:
        app(standalone_mode=True)
    except AmrError as error:
        if sys.stderr.isatty():
            console.print(f"[red]error[/red] {escape(str(error))}", soft_wrap=True)
        else:
            print(f"error {error}", file=sys.stderr)
        sys.exit(2)
