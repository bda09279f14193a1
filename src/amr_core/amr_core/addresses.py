"""HOST:PORT, as brokers are named in settings, options and launch arguments."""

from __future__ import annotations


def host_port(text: str) -> tuple[str, int] | None:
    """Return host and port of HOST:PORT; None for anything else."""
    host, _, port = text.rpartition(":")
    return (host, int(port)) if host and port.isdecimal() and 0 < int(port) < 65536 else None
