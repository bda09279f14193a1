"""The files of a site's broker: mosquitto's configuration, who may do what, and a certificate for each robot.

A robot is who its certificate says: the common name is the user name (its serial number), and the patterns of the
access list give it its own topics only. mosquitto answers "granted" to a subscription that it will not serve and drops
forbidden messages without a word, so the tests look at what is delivered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError
from amr_core.identity.authority import REVOKED, SiteAuthority, save
from amr_interop.mqtt.reports import TOPIC as REPORTS
from amr_interop.mqtt.seat import BEAT, TOPICS
from amr_interop.mqtt.strangers import COMMANDS
from amr_interop.vda.versions import ROOTS

FLEET: Final = "amr-fleet"
_ROBOT_WRITES: Final = ("state", "connection", "factsheet", "visualization", REPORTS)
_ROBOT_READS: Final = ("order", "instantActions", "zoneSet", "responses")
LIST: Final = "access.acl"
_OF_ROBOTS: Final = re.compile(r"^pattern (?:write|read) .+/([^/]+)/%u/")  # a root has two levels
_SERIAL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-")


def write_files(folder: Path, robots: Mapping[str, tuple[str, str]], hosts: Collection[str], port: int) -> list[Path]:
    """Write everything that is not there yet, the configuration and the access list anew; return what was written.

    robots: the fleet's name -> manufacturer and serial number; hosts: names and addresses of the broker. Certificates
    that are there stay: a robot that has one goes on with it. Raises run.bad_option.
    """
    check(robots)
    authority, written = SiteAuthority.made(folder)
    if not (folder / REVOKED).exists():
        (folder / REVOKED).write_bytes(authority.revocations({}))
        written.append(folder / REVOKED)
    names = {"server": (next(iter(hosts)), hosts), FLEET: (FLEET, ())}
    names |= {f"robot-{serial}": (serial, ()) for _, serial in robots.values()}
    for name, (common, alternatives) in names.items():
        if not (folder / f"{name}.crt").exists():
            written += save(folder, name, authority.issue(common, alternatives, server=name == "server"))
    for name, text in (
        (LIST, access(robots)),
        ("mosquitto.conf", configuration(folder.absolute(), port)),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def check(robots: Mapping[str, tuple[str, str]]) -> None:
    """Raise run.bad_option for a serial number that cannot be a topic level and a user name, or that comes twice."""
    seen: set[str] = {FLEET}
    for name, (manufacturer, serial) in robots.items():
        wrong = not serial or not set(serial) <= _SERIAL or serial in seen or set(manufacturer) & set("/+#$ \n")
        if wrong or not manufacturer:
            reason = "a serial number has the characters A-Z a-z 0-9 _ . : - and belongs to one robot"
            raise AmrError("run.bad_option", option=name, value=f"{manufacturer}/{serial}"[:64], reason=reason)
        seen.add(serial)


def access(robots: Mapping[str, tuple[str, str]]) -> str:
    """Return the access list: nothing is allowed that is not here."""
    return "\n".join(_access({manufacturer for manufacturer, _ in robots.values()})) + "\n"


def old_access(folder: Path) -> AmrError | None:
    """Return mqtt.old_access when the list in a folder allows less than today's; None: it does not, or there is none.

    The broker drops what an old list does not allow and tells nobody: not the sender, and not who waits for it.
    """
    file = folder / LIST
    try:
        there = {line.strip() for line in file.read_text(encoding="utf-8").splitlines()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return AmrError("mqtt.old_access", file=str(file), count=0, line=f"it cannot be read: {str(error)[:80]}")
    makers = {found[1] for line in there if (found := _OF_ROBOTS.match(line))}
    missing = [line for line in _access(makers) if line and not line.startswith("#") and line not in there]
    return AmrError("mqtt.old_access", file=str(file), count=len(missing), line=missing[0]) if missing else None


def _access(manufacturers: Collection[str]) -> list[str]:
    lines = ["# Written by `amr mqtt files`. %u is the common name of the client's certificate.", f"user {FLEET}"]
    for root in ROOTS:
        lines += [f"topic read {root}/+/+/{name}" for name in _ROBOT_WRITES]
        lines += [f"topic {_fleet_may(name)} {root}/+/+/{name}" for name in _ROBOT_READS]
    lines += [f"topic readwrite {topic}" for topic in TOPICS]
    lines.append(f"topic write {BEAT}")
    lines.append("topic read $SYS/broker/#")
    lines += ["", "# All robots, those that are enrolled later, too.", f"pattern read {BEAT}"]
    for manufacturer in sorted(manufacturers):
        for root in ROOTS:
            lines += ["", f"# {manufacturer}"] if root == ROOTS[0] else []
            lines += [f"pattern write {root}/{manufacturer}/%u/{name}" for name in _ROBOT_WRITES]
            lines += [f"pattern read {root}/{manufacturer}/%u/{name}" for name in _ROBOT_READS]
    return lines


def _fleet_may(name: str) -> str:
    return "readwrite" if name in COMMANDS else "write"  # it hears whether somebody else commands its robots


def configuration(folder: Path, port: int) -> str:
    """Return mosquitto's configuration. Robots must come with a certificate; there is no listener without TLS."""
    return f"""# Written by `amr mqtt files`.
per_listener_settings false
allow_anonymous false
acl_file {folder}/access.acl

# Kept messages (connection, factsheet) survive a restart; sessions of robots do not.
persistence true
persistence_location {folder}/
autosave_interval 60
persistent_client_expiration 1h

max_packet_size 1000000
# Not 60: mosquitto 2.0.21 waits 60 s for a client's first word, and with that limit its table of time-outs throws some
# of them out at once.
max_keepalive 120
max_queued_messages 1000
log_type error
log_type warning
log_type notice

listener {port}
cafile {folder}/ca.crt
crlfile {folder}/{REVOKED}
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
use_identity_as_username true
tls_version tlsv1.2
"""
