"""How the address of a camera is shown: addresses hold passwords, before the `@`, in the path and in the query."""

import re
from urllib.parse import urlsplit

from maskwatch.pictures.video import is_camera_number, is_stream_address

DEMO = "demo"

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(\S+)")
_END_OF_HOST = re.compile(r"""[/?#'",;)\]>]""")


def is_live(address: str) -> bool:
    """Whether frames come when they come, and are gone if nobody looks; a film or file waits."""
    return is_camera_number(address) or is_stream_address(address)


def without_secrets(text: str) -> str:
    """The text with every address in it cut down to scheme, host and port.

    Some cameras take the password in the path or the query, so these go too. Everything up to the last `@` goes,
    even where a strict reader would find the host earlier.
    """
    return _ADDRESS.sub(_host_only, text)


def short_name(address: str) -> str:
    """What a camera is called that was given no name: the host, the number, or the file's name without its end."""
    if is_stream_address(address):
        return urlsplit(without_secrets(address)).netloc or "stream"
    if is_camera_number(address):
        return f"camera-{address}"
    return re.split(r"[/\\]", address)[-1].rpartition(".")[0] or address


def _host_only(match: re.Match[str]) -> str:
    scheme, rest = match.groups()
    host = _END_OF_HOST.split(rest.rpartition("@")[2], maxsplit=1)[0]
    return f"{scheme}://{host}"
