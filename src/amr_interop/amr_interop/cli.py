"""`amr mqtt`: the site's broker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amr_interop.mqtt.site_files import write_files
from amr_interop.vda.addresses import addresses

mqtt_app = typer.Typer(no_args_is_help=True, help="The MQTT broker of a site with VDA 5050 robots.")


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
