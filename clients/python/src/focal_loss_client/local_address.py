"""Whether a service runs on this machine."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def is_local(url: str) -> bool:
    """Return whether a URL is a Unix socket, or of a host all of whose addresses are of the loopback interface."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return True
    try:
        found = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
        # An IPv6 address may have a zone, as in fe80::1%eth0.
        addresses = [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    except (OSError, UnicodeError, ValueError):
        return False
    return bool(addresses) and all(address.is_loopback for address in addresses)
