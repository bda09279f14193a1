"""What a run is asked to be, and the files that it names, checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from amr_fleet.domain.settings import load_settings
from amr_fleet.dropfolder.settings import load_drop
from amr_fleet.escalation.settings import load_escalation
from amr_fleet.neighbours.sending import need_tracing
from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.oidc.settings import load_oidc
from amr_fleet.syslog.settings import load_syslog
from amr_fleet.webhooks.settings import load_webhooks

RunMode = Literal["sim", "gazebo", "real"]
Navigation = Literal["embedded", "nav2"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of one run. rtf 0 = as fast as possible; orders 0 = arrive for ever; port 0 = no dashboard.

    lockstep: the simulator waits for every process group; off when each node is a process of its own. navigation: who
    serves Nav2's actions; nav2_params: another file. Nav2 is never in lock-step: it follows /clock at its own pace.
    cameras: the site's fixed cameras watch crossings, docks and lanes. camera_frames: one small blurred picture of each
    a second may leave its node. record: folder that gets what they tell, as MCAP. depth: the robots' depth cameras see
    what is below and above the plane of the lidars. initial_pose: where a real robot is taken to be at its start
    (nav2.start_pose); a hypothesis only. state_dir: folder where a robot notes its last sure pose and
    which fleet it obeys; empty: it notes nothing. settings: YAML file of the fleet, see checked_settings; empty:
    defaults. language_model: YAML file of the assistant's endpoint; empty: none. dashboard_host, dashboard_names,
    dashboard_certificate, dashboard_key, secure_cookies, proxy, api_process: how browsers reach the dashboard, see
    FleetParams. vda5050: so many
    robots, the last ones, are led over VDA 5050 by the broker mqtt (HOST:PORT), every other one in 2.1 and 3.0;
    mqtt ":PORT": a small broker runs beside the gateway. mqtt_folder: where the gateway keeps what it has sent.
    mqtt_epoch: s since 1970 at ROS time 0, for the time of messages. secure: with a keystore of SROS 2.
    trial: under a sample permit, with a breach. enrolment, broker, standby, evidence: see FleetParams.
    incident: what goes wrong by itself, see SimulatorParams.
    webhooks: YAML file with who gets them, empty: nobody. drop_folder: YAML file with whose files are taken,
    empty: nobody's. escalation: YAML file with who is told of alarms that nobody takes.
    syslog: YAML file with the log servers, empty: none. neighbours: YAML file with who else is told of the fleet,
    empty: nobody. oidc: YAML file with the provider of log-ins, empty: none.
    uav: the aircraft of flight.yaml flies one inventory; uav_mavlink: UDP port over which it does, 0 = over topics.
    """

    site: str
    robots: int
    seed: int = 1
    rtf: float = 1.0
    orders: int = 0
    orders_per_hour: float = 60.0
    port: int = 0
    database: str = ":memory:"
    evidence: str = ""
    settings: str = ""
    webhooks: str = ""
    language_model: str = ""
    drop_folder: str = ""
    escalation: str = ""
    syslog: str = ""
    neighbours: str = ""
    oidc: str = ""
    ready_file: str = ""
    first_password: str = ""
    dashboard_host: str = "127.0.0.1"
    dashboard_names: tuple[str, ...] = ()
    dashboard_certificate: str = ""
    dashboard_key: str = ""
    secure_cookies: bool = False
    proxy: str = ""
    api_process: str = "engine"
    report_file: str = ""
    time_limit: float = 0.0
    lockstep: bool = True
    cameras: bool = False
    camera_frames: bool = False
    depth: bool = False
    record: str = ""
    navigation: Navigation = "embedded"
    nav2_params: str = ""
    initial_pose: str = "bay"
    state_dir: str = ""
    vda5050: int = 0
    mqtt: str = ""
    mqtt_folder: str = ""
    mqtt_epoch: float = 0.0
    secure: bool = False
    trial: bool = False
    incident: str = ""
    uav: bool = False
    uav_mavlink: int = 0
    enrolment: str = ""
    standby: bool = False
    broker: str = ""


def _checked(path: str, load: Callable[[str], object]) -> str:
    """Return a file as every process finds it, once all in it is right; "" stays so."""
    if not path:
        return ""
    load(path)
    return str(Path(path).absolute())


def checked_drop(path: str) -> str:
    """Return a file with partners of the drop folder; raises parameter.invalid."""
    return _checked(path, load_drop)


def checked_escalation(path: str) -> str:
    """Return a file with who is told of alarms; raises parameter.invalid or webhook.secret."""
    return _checked(path, load_escalation)


def checked_syslog(path: str) -> str:
    """Return a file with log servers; raises parameter.invalid."""
    return _checked(path, load_syslog)


def checked_neighbours(path: str) -> str:
    """Return a file with who else is told of the fleet; raises parameter.invalid or extra.not_installed."""
    if path and load_neighbours(path).tracing is not None:
        need_tracing()
    return _checked(path, load_neighbours)


def checked_oidc(path: str) -> str:
    """Return a file with the provider of log-ins; raises parameter.invalid."""
    return _checked(path, load_oidc)


def checked_webhooks(path: str) -> str:
    """Return a file with targets of webhooks; raises parameter.invalid or webhook.secret."""
    return _checked(path, load_webhooks)


def checked_language_model(path: str) -> str:
    """Return the file of a language model; raises parameter.invalid."""

    def load(path: str) -> object:
        from amr_fleet.assistant.language_model import load_language_model  # what it brings is for who has one

        return load_language_model(path)

    return _checked(path, load)


def checked_settings(path: str) -> str:
    """Return a settings file of the fleet; raises parameter.invalid."""
    return _checked(path, load_settings)
