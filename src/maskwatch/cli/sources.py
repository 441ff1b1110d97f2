"""What `maskwatch detect` is asked to look at: pictures, folders, globs, videos, cameras and streams, one by one."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from maskwatch.errors import UserError
from maskwatch.pictures.opening import PICTURE_SUFFIXES
from maskwatch.pictures.video import VIDEO_SUFFIXES, is_camera_number, is_stream_address, without_password

Kind = Literal["picture", "video", "live"]


@dataclass(frozen=True)
class Source:
    """One thing to look at.

    Attributes:
        kind: a live source has no end and no file.
        address: the path, camera number or stream address to open.
        name: the same as it is shown and written, without a stream's password.
        place: where its drawn copy goes below `--out`, should nobody else want that place.
    """

    kind: Kind
    address: str
    name: str
    place: Path


def find_sources(arguments: Sequence[str], out: Path | None) -> list[Source]:
    """All sources in order, none twice; raises `UserError` for an argument that stands for nothing.

    What lies below `out` is left aside when a folder that holds it is searched: it is our own earlier work.
    """
    found: dict[str, Source] = {}
    for argument in arguments:
        for source in _sources_of(argument, out):
            found.setdefault(source.address, source)
    return list(found.values())


def drawn_paths(sources: Sequence[Source], out: Path) -> list[Path]:
    """Where the drawn copy of each source goes: no two alike, and none over a file that is looked at."""
    taken = {_key(Path(source.address)) for source in sources if source.kind != "live"}
    paths = []
    for source in sources:
        path = first = out / source.place.with_suffix(_drawn_suffix(source))
        number = 2
        while _key(path) in taken:
            path = first.with_name(f"{first.stem}-{number}{first.suffix}")
            number += 1
        taken.add(_key(path))
        paths.append(path)
    return paths


def _sources_of(argument: str, out: Path | None) -> list[Source]:
    path = Path(argument)
    if path.is_dir():
        return _folder(path, out)
    if path.exists():
        return [_file(path, Path(path.name))]
    if is_camera_number(argument):
        return [Source("live", argument, argument, Path(f"camera-{argument}"))]
    if is_stream_address(argument):
        return [Source("live", argument, without_password(argument), Path("stream"))]
    if glob.has_magic(argument):
        return _glob(argument)
    raise UserError(f"{argument}: there is no such file or folder.")


def _folder(folder: Path, out: Path | None) -> list[Source]:
    if out and out.resolve() == folder.resolve():
        raise UserError(f"--out {out}: that is the folder that is looked at; choose another.")
    own = out.resolve() if out else None
    shown = (path for path in sorted(folder.rglob("*")) if not _is_hidden(path.relative_to(folder)))
    files = (path for path in shown if not own or own not in path.resolve().parents)
    found = [_file(path, path.relative_to(folder)) for path in files if _is_looked_at(path)]
    if not found:
        raise UserError(f"{folder}: there is no picture and no video in this folder.")
    return found


def _glob(pattern: str) -> list[Source]:
    matches = (Path(match) for match in sorted(glob.glob(pattern, recursive=True)))
    found = [_file(path, Path(path.name)) for path in matches if _is_looked_at(path)]
    if not found:
        raise UserError(f"{pattern}: matches no picture and no video.")
    return found


def _is_looked_at(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES | VIDEO_SUFFIXES and path.is_file()


def _is_hidden(path: Path) -> bool:
    """macOS keeps a `._face.jpg`, which is no picture, beside each file on foreign disks."""
    return any(part.startswith(".") for part in path.parts)


def _file(path: Path, place: Path) -> Source:
    kind: Kind = "video" if path.suffix.lower() in VIDEO_SUFFIXES else "picture"
    return Source(kind, str(path), str(path), place)


def _drawn_suffix(source: Source) -> str:
    if source.kind != "picture":
        return ".webm"
    suffix = Path(source.address).suffix
    return suffix if suffix.lower() in (".jpg", ".jpeg", ".png", ".webp") else ".png"


def _key(path: Path) -> str:
    """Paths that some file system holds for the same have the same key."""
    return str(path.resolve()).casefold()
