"""Which addresses webhooks may go to: a name in the settings must not lead into this computer or past the site's list.

The address that was judged is the one that is connected to: a name server that answers otherwise a moment later
changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Final

from amr_core.errors import AmrError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_METADATA: Final = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")))
_LAST_IS_IPV4: Final = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96")))
"""NAT64 (RFC 6052) and what was IPv4-compatible (RFC 4291): the last 32 bits are an IPv4 address."""
_OWN_NAT64: Final = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215; older Pythons take it to be public


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raise webhook.address when there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AmrError("webhook.address", host=host, reason="the name is not known") from error
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def allowed_addresses(
    host: str,
    port: int,
    networks: Sequence[Network],
    *,
    loopback: bool,
    lookup: Callable[[str, int], list[str]] = resolve,
) -> list[str]:
    """Return the addresses to connect to; raise webhook.address unless every address of the host is allowed.

    networks: those of the site that may be reached beside public addresses; loopback: this computer, too (for tests).
    """
    found = lookup(host, port)
    if not found:
        raise AmrError("webhook.address", host=host, reason="the name is not known")
    for text in found:
        reason = _refusal(_plain(text), networks, loopback=loopback)
        if reason:
            raise AmrError("webhook.address", host=host, reason=f"{text}: {reason}")
    return found


def _plain(text: str) -> Address:
    """Return the address itself: an IPv4 address is one however it is wrapped."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in network for network in _LAST_IS_IPV4) and int(address) > 1:  # not :: and ::1
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
    return address


def _refusal(address: Address, networks: Sequence[Network], *, loopback: bool) -> str:
    if address.is_loopback:
        return "" if loopback else "this computer itself"
    if address.is_unspecified or address.is_multicast or address.is_link_local or address in _METADATA:
        return "never a target (link-local, multicast, unspecified, or metadata of a cloud)"
    if any(address.version == network.version and address in network for network in networks):
        return ""
    return "" if address.is_global and address not in _OWN_NAT64 else "in none of the target's networks"
