"""Which network interfaces DDS binds: a Fast DDS profile that names them; without one its sockets bind all of them.

Fast DDS reads the profile from FASTRTPS_DEFAULT_PROFILES_FILE. rmw_fastrtps adds a transport of its own, which binds
all interfaces, for every ROS_AUTOMATIC_DISCOVERY_RANGE except SYSTEM_DEFAULT and SUBNET: so that one goes with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from amr_core.errors import AmrError

LOOPBACK: Final = "lo"
RANGE: Final = "ROS_AUTOMATIC_DISCOVERY_RANGE"
LOOPBACK_FILE: Final = Path(__file__).with_name("loopback.xml")
"""The profile of the loopback, `profile()`: a file of the package stays where it is however long a process lives."""
_SPACE: Final = "http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles"
_SEGMENT: Final = 4 * 1024 * 1024
"""Bytes in which a process keeps what it sends until others on this computer have read it. The usual 512 KiB hold two
pictures: of four cameras in one process a reader got half, and every reader that is killed keeps a piece for good."""
_PEERS: Final = "32"  # participants on one computer that are looked for, as rmw_fastrtps does with LOCALHOST
_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,15}")
_ADDRESS: Final = re.compile(r"[0-9A-Za-z.:-]{1,253}")


def profile(interfaces: Sequence[str] = (LOOPBACK,), peers: Sequence[str] = ()) -> str:
    """Return a Fast DDS profile that binds these interfaces only, and shared memory; raises run.bad_option.

    peers: other computers, by address; none: participants of this computer are found, nobody is asked by multicast.
    """
    for option, values, pattern in (("interface", interfaces, _NAME), ("peer", peers, _ADDRESS)):
        for value in values:
            if not pattern.fullmatch(value):
                raise AmrError("run.bad_option", option=option, value=value[:64], reason="that is no name of one")
    if not interfaces:
        raise AmrError("run.bad_option", option="interface", value="", reason="name at least one")
    root = Element("dds", xmlns=_SPACE)
    profiles = SubElement(root, "profiles")
    descriptors = SubElement(profiles, "transport_descriptors")
    SubElement(_transport(descriptors, "amr_shm", "SHM"), "segment_size").text = str(_SEGMENT)
    udp = _transport(descriptors, "amr_udp", "UDPv4")
    SubElement(udp, "maxInitialPeersRange").text = _PEERS
    allowed = SubElement(udp, "interfaceWhiteList")
    for name in interfaces:
        SubElement(allowed, "interface").text = name
    rtps = SubElement(SubElement(profiles, "participant", profile_name="amr", is_default_profile="true"), "rtps")
    _discovery(SubElement(rtps, "builtin"), peers)
    used = SubElement(rtps, "userTransports")
    for name in ("amr_shm", "amr_udp"):
        SubElement(used, "transport_id").text = name
    SubElement(rtps, "useBuiltinTransports").text = "false"
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _transport(parent: Element, name: str, kind: str) -> Element:
    one = SubElement(parent, "transport_descriptor")
    SubElement(one, "transport_id").text = name
    SubElement(one, "type").text = kind
    return one


def _discovery(builtin: Element, peers: Sequence[str]) -> None:
    """Find others by asking known addresses: multicast would need a socket on every interface."""
    SubElement(builtin, "avoid_builtin_multicast").text = "true"
    SubElement(SubElement(builtin, "metatrafficUnicastLocatorList"), "locator")
    asked = SubElement(builtin, "initialPeersList")
    for address in ("127.0.0.1", *peers):
        SubElement(SubElement(SubElement(asked, "locator"), "udpv4"), "address").text = address


def environment(base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what makes processes bind the loopback only.

    A person who has a profile already, or another DDS than Fast DDS, keeps that: with it only LOCALHOST is left. So
    without our file, too: Fast DDS passes over one that is not there, and the other range alone is the whole network.
    """
    mine = base.get("RMW_IMPLEMENTATION", "") in ("", "rmw_fastrtps_cpp")
    chosen = {base.get(f"{name}_DEFAULT_PROFILES_FILE", "") for name in ("FASTRTPS", "FASTDDS")}
    if not mine or not LOOPBACK_FILE.is_file() or chosen - {"", str(LOOPBACK_FILE)}:
        return {RANGE: "LOCALHOST"}
    return {RANGE: "SYSTEM_DEFAULT", "FASTRTPS_DEFAULT_PROFILES_FILE": str(LOOPBACK_FILE)}


def mean_localhost(own: MutableMapping[str, str] = os.environ) -> None:
    """Make a process that was told LOCALHOST bind the loopback only, before its first ROS context.

    The range alone keeps nobody out: sockets would be on all addresses, and who knows one of them drives the robot.
    """
    if own.get(RANGE, "").upper() == "LOCALHOST":
        own.update(environment(own))
