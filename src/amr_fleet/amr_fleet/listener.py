"""The socket that browsers connect to: made once, so that it outlives the process that answers on it."""

from __future__ import annotations

import socket

from amr_core.errors import AmrError


def listen(host: str, port_number: int) -> socket.socket:
    """Return a socket that listens, port 0: a free one; raise run.port_taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port_number))
    except OSError as error:
        listener.close()
        raise AmrError("run.port_taken", port=port_number) from error
    listener.listen(128)
    listener.set_inheritable(False)
    return listener


def shown(host: str, listener: socket.socket, scheme: str = "http") -> str:
    """Return the address to give to a browser on this machine."""
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"{scheme}://{name}:{listener.getsockname()[1]}"
