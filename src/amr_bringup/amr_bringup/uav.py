"""The nodes of an aircraft: simulated, with the reader of its pictures, and the link to it."""

from __future__ import annotations

import socket

from amr_bringup.spec import NodeSpec
from amr_core.errors import AmrError
from amr_uav.site import load_flight_site


def free_port() -> int:
    """Return a UDP port of this computer that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def specs(site_name: str, seed: int, mavlink: int) -> list[NodeSpec]:
    """Return aircraft and reader of a site; mavlink: UDP port over which fleet and aircraft speak, 0 = over topics.

    Raises flight.none.
    """
    site = load_flight_site(site_name)
    if site is None:
        raise AmrError("flight.none")
    aircraft = NodeSpec(
        package="amr_sim",
        executable="uav",
        target="amr_sim.nodes.uav:UavNode",
        name="uav",
        group="uav",
        params={"site": site_name, "seed": seed, "mavlink": mavlink},
    )
    link = NodeSpec(
        package="amr_interop",
        executable="mavlink",
        target="amr_interop.nodes.mavlink:MavlinkNode",
        name="mavlink",
        group="uav",
        params={"site": site_name, "own": mavlink},
    )
    reader = NodeSpec(
        package="amr_perception",
        executable="shelf_reader",
        target="amr_perception.nodes.shelf_reader:ShelfReaderNode",
        name="shelf_reader",
        group="uav",
        params={"vehicle": site.aircraft.name},
    )
    return [*([link] if mavlink else []), aircraft, reader]
