"""Under which names the server answers: a page of another site that has its name point here must get nothing."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from amr_core.errors import AmrError

_LOCAL: Final = "localhost.localdomain"
_HOST: Final = re.compile(r"(\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]*))(:[0-9]{1,5})?")


class Hosts:
    """Addresses and names without a dot always pass: nobody outside can make them point here. Others must be ours."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """names: what else the server is called, for instance behind a proxy."""
        self._names = {socket.gethostname().lower(), _LOCAL, *(name.lower().rstrip(".") for name in names)}

    def check(self, header: str) -> None:
        """Raise request.bad_host unless a Host header names this server."""
        name = _name(header)
        if name and (name in self._names or "." not in name or _is_address(name)):
            return
        raise AmrError("request.bad_host", host=header[:100])


def _name(header: str) -> str:
    """Return the name in a Host header, without port; "" for what is none."""
    found = _HOST.fullmatch(header)
    return "" if found is None else (found["address"] or found["name"]).lower().rstrip(".")


@lru_cache(256)  # clients ask under a few names, at each request
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
