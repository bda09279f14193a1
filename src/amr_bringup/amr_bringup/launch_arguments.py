"""The arguments of the launch files: documented once, read with their types. No launch import here."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from amr_core.errors import AmrError


class Argument(NamedTuple):
    """One launch argument; choices empty = any text."""

    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()


BOOLEAN = ("true", "false")
OUR_FILES = frozenset(f"{name}.launch.py" for name in ("sim", "site", "gazebo", "robot", "rviz"))

SITE = Argument("site", "cai_cui", "Name of a site, or the folder or path of a site.yaml.")
ROBOTS = Argument("robots", "4", "How many robots of the site's fleet, counted from its first.")
ROBOT = Argument("robot", "amr_01", "Name of this robot in the site's fleet; also its namespace.")
SEED = Argument("seed", "1", "Seed of arrivals, noise and people.")
RTF = Argument("rtf", "1.0", "Real-time factor of the simulator, 0 = as fast as possible.")
PORT = Argument("port", "8080", "Loopback port of the dashboard, 0 = none.")
DATABASE = Argument(
    "database", "amr-journal.sqlite3", "Journal of the fleet: a SQLite file, :memory: or postgresql://..."
)
EVIDENCE = Argument(
    "evidence",
    "",
    "Folder of the signing key and the high-water marks; empty = beside a journal file, with PostgreSQL the folder "
    "evidence in $STATE_DIRECTORY or $ROS_HOME or ~/.ros.",
)
DROP_FOLDER = Argument(
    "drop_folder", "", "YAML file with whose files become orders (docs/drop-folder.md); empty = off."
)
ESCALATION = Argument(
    "escalation", "", "YAML file with who is told of alarms that nobody takes (docs/escalation.md); empty = nobody."
)
DOORS = Argument(
    "doors", "", "YAML file with doors that speak Modbus TCP or MQTT (docs/doors.md), mode:=real only; empty = none."
)
WEBHOOKS = Argument("webhooks", "", "YAML file with who gets webhooks (docs/webhooks.md); empty = nobody.")
SYSLOG = Argument("syslog", "", "YAML file with the log servers (docs/syslog.md); empty = none.")
NEIGHBOURS = Argument("neighbours", "", "YAML file with who else is told (docs/neighbours.md); empty = nobody.")
OIDC = Argument("oidc", "", "YAML file with the provider of log-ins (docs/oidc.md); empty = none.")
SETTINGS = Argument("settings", "", "YAML file with settings of the fleet (docs/fleet-settings.md); empty = defaults.")
READY_FILE = Argument("ready_file", "", "File that gets the dashboard's address and first log-in; empty = none.")
FIRST_PASSWORD = Argument(
    "first_password",
    "",
    "File for the administrator's password at the first start without ready_file; empty = beside the journal.",
)
DASHBOARD_HOST = Argument("dashboard_host", "127.0.0.1", "Address that the dashboard listens on.")
DASHBOARD_NAMES = Argument("dashboard_names", "", "Names, by commas, under which browsers ask for the dashboard.")
DASHBOARD_CERTIFICATE = Argument(
    "dashboard_certificate", "", "PEM file for TLS of the dashboard's own; empty = none, or a proxy's."
)
DASHBOARD_KEY = Argument("dashboard_key", "", "PEM file with its key; empty = in the same file.")
SECURE_COOKIES = Argument("secure_cookies", "false", "The dashboard is reached over TLS only.", BOOLEAN)
LANGUAGE_MODEL = Argument(
    "language_model", "", "YAML file that names a language model for the assistant (docs/assistant.md); empty = none."
)
API_PROCESS = Argument(
    "api_process",
    "engine",
    "Where API and dashboard run: in the process of the fleet's engine, or in their own (needs a journal on disk).",
    ("engine", "own"),
)
PROXY = Argument("proxy", "", "Address of the reverse proxy that may say for whom it asks; empty = nobody may.")
ORDERS = Argument("orders", "0", "Orders that the demand generator places; 0 = for ever.")
PER_HOUR = Argument("orders_per_hour", "60", "Orders that arrive in an hour; 0 = people place all orders.")
REPORT = Argument("report_file", "", "File that gets the figures when all orders are done; empty = none.")
NAVIGATION = Argument("navigation", "nav2", "Who serves Nav2's actions.", ("nav2", "embedded"))
SIM_NAVIGATION = NAVIGATION._replace(default="embedded")
NAV2_PARAMS = Argument("nav2_params", "", "Another Nav2 parameter file; empty = that of the robot's type.")
MODE = Argument("mode", "sim", "Where the robots are; decides whether time is /clock.", ("sim", "gazebo", "real"))
INITIAL_POSE = Argument(
    "initial_pose",
    "bay",
    "Where the robot may stand at its start: bay, none or x,y,theta in m and rad. Its lidars, then its note, decide.",
)
STATE_DIR = Argument(
    "state_dir",
    "",
    "Folder where the robot notes its last sure pose and its fleet; empty = $STATE_DIRECTORY or $ROS_HOME or ~/.ros.",
)
DEPTH = Argument("depth", "false", "Robots have depth cameras: low and hanging things stop them, too.", BOOLEAN)
CAMERAS = Argument("cameras", "false", "Also start the nodes of the site's fixed cameras.", BOOLEAN)
CAMERA_FRAMES = Argument(
    "camera_frames", "false", "With cameras: one small blurred picture a second of each may leave its node.", BOOLEAN
)
GUI = Argument("gui", "true", "Also start Gazebo's window.", BOOLEAN)
BASE = Argument(
    "base",
    "drivers",
    "What moves the robot: its drivers, or the embedded simulator on wall time (a test bench without hardware).",
    ("drivers", "simulated"),
)
BASE_POSE = Argument("base_pose", "", "With base:=simulated: x,y,theta where the robot really stands; empty = its bay.")
UPLINK = Argument(
    "uplink",
    "auto",
    "What runs between server and robots: VDA 5050 over MQTT, or ROS; auto = mqtt for real robots, else ros.",
    ("auto", "mqtt", "ros"),
)
BROKER = Argument("broker", "127.0.0.1:1883", "HOST:PORT of the site's MQTT broker (amr mqtt files).")
CA = Argument("ca", "", "Certificate (PEM) of the site's authority; empty = no TLS, for a broker on loopback.")
CERTIFICATE = Argument("certificate", "", "Certificate (PEM) by which the broker knows this computer.")
KEY = Argument("key", "", "Key (PEM) of that certificate.")
VDA_VERSION = Argument("vda5050_version", "3.0.0", "Version of VDA 5050 that the robot speaks.", ("2.1.0", "3.0.0"))
STANDBY = Argument(
    "standby", "false", "Wait until no other fleet owns the journal, then take over: a second server.", BOOLEAN
)
SERVER = Argument(
    "server", "",
    "Address of the dashboard, as https://amr.site: its page may have this robot take other site files, after which "
    "this launch ends, for its service to start it anew; empty = only by hand (amr robot site update).",
)  # fmt: skip
ENROLMENT = Argument(
    "enrolment", "", "Folder of the site's authority (amr mqtt files): robots enrol here; empty = they do not."
)
SENT_FOLDER = Argument(
    "sent_folder", "", "Folder where the gateway keeps what each robot was sent; empty = beside the database."
)
ADDRESSES = Argument(
    "addresses", "", "NAME=MANUFACTURER/SERIAL of robots of other makers, with commas between; empty = all are ours."
)
MAP_IDS = Argument(
    "map_ids",
    "",
    "NAME=MAPID, or NAME@LEVEL=MAPID, with commas between: what robots call their maps when not as the site does.",
)
DRIVERS = Argument("drivers", "", "Launch file of this robot's drivers (see docs/engineer-guide.md).")

COMMON = (
    Argument("composition", "true", "Nodes that belong together share a process.", BOOLEAN),
    Argument("respawn", "true", "Start a node again when it dies.", BOOLEAN),
)


def check_names(command: Sequence[str], declared: Sequence[Argument]) -> None:
    """Refuse name:=value of a `ros2 launch` command line that no argument has; launch itself leaves them unread.

    Raises launch.unknown_argument. Launch files that include ours declare what they like: their command line does not
    name one of our files.
    """
    files = [word for word in command if Path(word).name in OUR_FILES]
    if not files:
        return
    names = [argument.name for argument in declared]
    for word in command[command.index(files[0]) + 1 :]:
        name, found, _ = word.partition(":=")
        if found and name not in names:
            nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.0)[0]
            raise AmrError("launch.unknown_argument", file=files[0], argument=name, nearest=nearest)


class Values:
    """The values given to the declared arguments. Wrong ones raise run.bad_option with the argument's name."""

    def __init__(self, given: Mapping[str, str], declared: Sequence[Argument]) -> None:
        self._given = {argument.name: given.get(argument.name, argument.default) for argument in declared}

    def text(self, argument: Argument) -> str:
        """Return a text."""
        value = self._given[argument.name]
        if argument.choices and value not in argument.choices:
            raise _bad(argument.name, value, f"it is not one of {', '.join(argument.choices)}")
        return value

    @property
    def mode(self) -> Literal["sim", "gazebo", "real"]:
        """Where the robots are."""
        value = self.text(MODE)
        return "sim" if value == "sim" else "gazebo" if value == "gazebo" else "real"

    def integer(self, argument: Argument) -> int:
        """Return a whole number."""
        value = self._given[argument.name]
        try:
            return int(value)
        except ValueError:
            raise _bad(argument.name, value, "it is not a whole number") from None

    def number(self, argument: Argument) -> float:
        """Return a finite number that is not negative."""
        value = self._given[argument.name]
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0.0 <= number < 1e9:
            raise _bad(argument.name, value, "it is not a number from 0")
        return number

    def flag(self, name: str) -> bool:
        """Return a switch."""
        value = self._given[name].lower()
        if value not in BOOLEAN:
            raise _bad(name, value, "it is neither true nor false")
        return value == "true"


def _bad(name: str, value: str, reason: str) -> AmrError:
    return AmrError("run.bad_option", option=name, value=value, reason=reason)
