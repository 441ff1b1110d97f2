"""Weights from an address: fetched once, kept, and never used without the sum that was promised."""

import hashlib
import os
import re
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit

from maskwatch.errors import UserError
from maskwatch.files import replacing

TIMEOUT_S = 30
CHUNK_BYTES = 1 << 20
LARGEST_BYTES = 2 * 10**9
AGENT = {"User-Agent": "maskwatch"}


def is_address(name: str) -> bool:
    return name.startswith(("https://", "http://"))


def fetch(address: str, folder: Path | None = None) -> Path:
    """The file at an address, from the cache where it is there already.

    Args:
        address: `https://...#sha256=SUM`, or one whose file's name ends in the sum's first eight digits before its
            suffix, as torchvision's do (`resnet50-0676ba61.pth`); plain http only with the whole sum.
        folder: where fetched files are kept; by default `maskwatch/weights` of the user's cache.

    Raises:
        UserError: for an address without a sum, one that gives nothing, or a file that has another sum.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        raise UserError(f"{address}: not an address that weights can be fetched from; it begins with https://.")
    name = Path(unquote(parts.path)).name
    expected = _expected(address, parts.scheme, name, parts.fragment)
    kept = (folder or cache_folder()) / f"{expected[:16]}-{name}"
    if not kept.is_file() or not _sum(kept).startswith(expected):
        _download(parts._replace(fragment="").geturl(), kept, expected)
    return kept


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maskwatch" / "weights"


def _expected(address: str, scheme: str, name: str, fragment: str) -> str:
    """The promised sum, or its beginning."""
    whole = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
    in_name = re.search(r"-([0-9a-f]{8})\.\w+$", name)
    if whole:
        return whole[1]
    if in_name and not fragment and scheme == "https":
        return in_name[1]
    raise UserError(
        f"{address}: no sum to check the file by; add #sha256= and its SHA-256 in 64 digits, or take an https address "
        "whose file is named after it, as torchvision's are (resnet50-0676ba61.pth)."
    )


def _download(address: str, path: Path, expected: str) -> None:
    try:
        with replacing(path) as temporary:
            _copy(address, temporary)
            found = _sum(temporary)
            if not found.startswith(expected):
                raise UserError(f"{address}: the file's SHA-256 is {found}, not {expected}; nothing was kept.")
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise UserError(f"{address}: cannot be fetched ({getattr(error, 'reason', error)}).") from error


def _copy(address: str, path: Path) -> None:
    request = urllib.request.Request(address, headers=AGENT)
    # Of http or https alone: `fetch` has looked.
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer, path.open("wb") as file:  # nosec B310
        length, written = answer.headers.get("Content-Length"), 0
        while chunk := answer.read(CHUNK_BYTES):
            written += file.write(chunk)
            if written > LARGEST_BYTES:
                raise UserError(f"{address}: is larger than {LARGEST_BYTES / 1e9:g} GB, which no backbone is.")
        if length and written < int(length):
            raise UserError(f"{address}: broke off after {written} of {length} bytes; try again.")


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
