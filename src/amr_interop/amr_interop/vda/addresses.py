"""Which robot has which address: the fleet's name, the manufacturer and the serial number."""

from __future__ import annotations

from collections.abc import Iterable

from amr_core.errors import AmrError


def addresses(robots: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return manufacturer and serial number by NAME of "NAME=MANUFACTURER/SERIAL", or raise run.bad_option."""
    found: dict[str, tuple[str, str]] = {}
    for text in robots:
        name, _, address = text.partition("=")
        manufacturer, _, serial = address.partition("/")
        wrong = not (name and manufacturer and serial) or set(address) & set("+#$ ") or "/" in serial
        if wrong or name in found or (manufacturer, serial) in found.values():
            reason = "give NAME=MANUFACTURER/SERIAL, each robot once"
            raise AmrError("run.bad_option", option="robot", value=text[:64], reason=reason)
        found[name] = (manufacturer, serial)
    return found
