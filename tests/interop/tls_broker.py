"""Files of a mosquitto that speaks TLS only and takes nobody without a certificate of its authority."""

from __future__ import annotations

import os
from pathlib import Path

from amr_core.identity.authority import SiteAuthority, save


def authority(folder: Path, *names: str) -> None:
    """Write an authority with a certificate for each name."""
    made, _ = SiteAuthority.made(folder)
    for name in names:
        save(folder, name, made.issue(name, ("127.0.0.1",) if name == "broker" else (), server=name == "broker"))


def mosquitto_conf(folder: Path, port: int, *names: str) -> Path:
    """Write certificates of a broker and of all who may use it; return the broker's configuration."""
    authority(folder, "broker", *names)
    conf = folder / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\ncafile {folder}/ca.crt\ncertfile {folder}/broker.crt\n"
        f"keyfile {folder}/broker.key\nrequire_certificate true\nuse_identity_as_username true\n"
        + ("user root\n" if os.geteuid() == 0 else "")
    )
    return conf
