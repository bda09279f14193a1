"""`amr mqtt`: the site's broker; `amr doors`: its doors and lifts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from amr_core.lifts import LiftSaid
from amr_interop.mqtt.site_files import write_files
from amr_interop.vda.addresses import addresses

mqtt_app = typer.Typer(no_args_is_help=True, help="The MQTT broker of a site with VDA 5050 robots.")
doors_app = typer.Typer(no_args_is_help=True, help="Doors and lifts that speak Modbus TCP or MQTT (docs/doors.md).")
_PERIOD_S = 0.1  # chosen: as the adapter's node; a person sees a change at once, and shorter only costs CPU


@mqtt_app.callback()
def _mqtt() -> None:
    """The MQTT broker of a site with VDA 5050 robots."""


@mqtt_app.command()
def files(
    folder: Annotated[Path, typer.Argument(help="Folder for mosquitto.conf, access.acl, certificates and keys.")],
    robot: Annotated[list[str], typer.Option(help="NAME=MANUFACTURER/SERIAL, once for each robot.")],
    host: Annotated[list[str], typer.Option(help="Names and addresses by which robots reach the broker.")],
    port: Annotated[int, typer.Option(help="Port of the broker.", min=1, max=65535)] = 8883,
) -> None:
    """Write the files of mosquitto: each robot has a certificate, and what it may do follows from that.

    Call it again with all robots when one is added: certificates that are there stay. The keys go to their robots on a
    way that nobody can read along; ca.key stays away from the broker's computer.
    """
    for path in write_files(folder, addresses(robot), host, port):
        typer.echo(path)


@mqtt_app.command("release")
def release_robots(
    broker: Annotated[str, typer.Argument(help="HOST:PORT of the site's broker.")],
    ca: Annotated[str, typer.Option(help="Certificate of the site's authority (PEM).")] = "",
    certificate: Annotated[str, typer.Option(help="The fleet's certificate (PEM).")] = "",
    key: Annotated[str, typer.Option(help="Its key (PEM).")] = "",
) -> None:
    """Let another fleet lead the robots of a broker: who says so first has them. Stop the old fleet before."""
    from amr_interop.mqtt.link import Broker
    from amr_interop.mqtt.release import release_seat

    had = release_seat(Broker.parse(broker, ca=ca, certificate=certificate, key=key))
    before = f"from the fleet {had.instance} ({had.epoch})" if had else "nobody had them"
    typer.echo(f"released, {before}: the fleet that speaks first leads the robots")


@doors_app.callback()
def _doors() -> None:
    """Doors and lifts that speak Modbus TCP or MQTT (docs/doors.md)."""


@doors_app.command()
def check(
    doors: Annotated[Path, typer.Argument(help="YAML file with doors and lifts.")],
    site: Annotated[str, typer.Option(help="Site whose doors they are.")] = "cai_cui",
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.5, max=3600.0)] = 10.0,
) -> None:
    """Listen to all doors and lifts of a file and print what they say when it changes. None is told anything.

    Ends with 1 when one says nothing that can be used at the end.
    """
    from amr_core.site import load_site
    from amr_interop.doors.adapter import CLIENT_ID, DoorAdapter
    from amr_interop.doors.settings import load_for

    adapter = DoorAdapter(load_for(load_site(site), doors), typer.echo, f"{CLIENT_ID}-check")
    adapter.start()
    said: dict[str, str] = {}
    end = time.monotonic() + seconds
    try:
        while (now := time.monotonic()) < end:
            words = dict[str, str](adapter.step(now))
            words |= {f"{conveyor}, load sensor": belt for conveyor, belt in adapter.desk.loads(now)}
            words |= {lift: _words(state) for lift, state in adapter.lifts.due(now)}
            for name, word in words.items():
                if said.get(name) != word:
                    said[name] = word
                    typer.echo(f"{name}: {word}")
            time.sleep(_PERIOD_S)
    finally:
        adapter.close()
    raise typer.Exit(int(any(word in ("OFFLINE", "UNKNOWN") for word in said.values())))


def _words(said: LiftSaid) -> str:
    """Return what a lift says in one line; its mode alone where it says nothing that can be used."""
    if said.mode in ("OFFLINE", "UNKNOWN"):
        return said.mode
    return f"{said.level or '?'}, door {said.door}, {said.motion}, {said.mode}, session {said.session or 'none'}"
