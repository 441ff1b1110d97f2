"""Settings of the page and the API."""

from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from maskwatch.config.shapes import Settings

Network = IPv4Network | IPv6Network

DEFAULT_ADDRESS = "127.0.0.1:8750"


def is_socket(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("an address to serve at is written as 127.0.0.1:9464")
    return address


def host_and_port(address: str) -> tuple[str, int]:
    """`[::1]:80` to `("::1", 80)`."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reaches_beyond(web: "Web") -> bool:
    """Whether others than who sits at this machine may come: by the address, or through a proxy."""
    return not is_loopback(web.socket[0]) or bool(web.trusted_proxies or web.hosts or web.root_path)


def _is_root_path(path: str) -> str:
    if path and (not path.startswith("/") or path.endswith("/") or "//" in path):
        raise ValueError("a root path is written as /masks, with no slash at its end")
    return path


def _is_plain_host(host: str) -> str:
    if not host or any(mark in host for mark in "/:@ "):
        raise ValueError("a host is a name alone, as masks.example.org")
    return host.lower()


class Web(Settings):
    """The page and the API.

    Attributes:
        enabled: whether they are served at all.
        address: where, `host:port`. Beyond this machine only once there is a user.
        pictures: how the cameras' pictures are shown: with `pixelated` faces, `clear`, or not at all.
        hosts: names, beside the address itself, by which browsers may call it.
        root_path: what a proxy puts before every path.
        trusted_proxies: networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
        certificate, key: PEM files; with both, HTTPS is served.
        camera_networks: private networks in which the page may add cameras.
        requests_per_minute: of one visitor.
    """

    enabled: bool = True
    address: Annotated[str, AfterValidator(is_socket)] = DEFAULT_ADDRESS
    pictures: Literal["pixelated", "clear", "none"] = "pixelated"
    hosts: tuple[Annotated[str, AfterValidator(_is_plain_host)], ...] = ()
    root_path: Annotated[str, AfterValidator(_is_root_path)] = ""
    trusted_proxies: tuple[Network, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    camera_networks: tuple[Network, ...] = ()
    requests_per_minute: Annotated[int, Field(ge=1)] = 6000

    @model_validator(mode="after")
    def _has_both_files(self) -> "Web":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are given together")
        return self

    @property
    def socket(self) -> tuple[str, int]:
        """Host and port."""
        return host_and_port(self.address)
