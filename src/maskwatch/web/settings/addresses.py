"""Which addresses the page may give a camera: streams out there, and private networks where the admin allows them."""

import ipaddress
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from maskwatch.config.web import Network
from maskwatch.pictures.video import is_camera_number, is_stream_address
from maskwatch.watching.camera.address import DEMO

_SCHEMES = ("rtsp", "rtsps", "http", "https", "rtmp", "rtmps")
# Where clouds tell machines their keys; nobody has a camera there, whatever the settings say.
_METADATA = tuple(
    ipaddress.ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32")
)


def refusal(address: str, allowed: Sequence[Network]) -> str | None:
    """Why the page may not give a camera this address; None if it may.

    A name is looked up here; whoever owns it may point it elsewhere later, which the network has to forbid.

    Args:
        address: in full.
        allowed: private networks in which the admin allows cameras.
    """
    if address == DEMO or is_camera_number(address):
        return None
    if not is_stream_address(address):
        return "the page takes streams, as rtsp://192.0.2.10/stream1, and camera numbers; files only in site.toml"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "this is no address"
    if parts.scheme.lower() not in _SCHEMES:
        return f"an address begins with one of {', '.join(f'{scheme}://' for scheme in _SCHEMES)}"
    if not host:
        return "the address names no host"
    return _refused_host(host, port, allowed)


def _refused_host(host: str, port: int | None, allowed: Sequence[Network]) -> str | None:
    try:
        found = {each[4][0] for each in socket.getaddrinfo(host, port or 554, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return f"the name {host} is not known"
    for number in found:
        if not may_reach(ipaddress.ip_address(str(number).partition("%")[0]), allowed):
            return f"{host} is in a private or special network; camera_networks in site.toml allows such"
    return None


def may_reach(number: IPv4Address | IPv6Address, allowed: Sequence[Network]) -> bool:
    """Whether a camera may be there."""
    inner = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None)
    if inner is not None:
        return may_reach(inner, allowed)
    if any(number in network for network in _METADATA) or number.is_multicast or number.is_unspecified:
        return False
    return number.is_global or any(number in network for network in allowed)
