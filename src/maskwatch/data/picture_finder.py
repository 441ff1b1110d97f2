"""Finding the picture that an annotation is about, and the pictures that no annotation is about."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath

from maskwatch.data.faults import Fault, Severity
from maskwatch.data.locating import ANNOTATION_FOLDERS, is_picture, picture_folders, walk
from maskwatch.data.samples import Origin


@dataclass
class _Listing:
    """The pictures of one folder by their name and by their stem."""

    names: dict[str, Path] = field(default_factory=dict)
    stems: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))


class PictureFinder:
    """Reads each folder once, and remembers which annotation took which picture."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listing = cache(_list_pictures)
        self._folders = cache(picture_folders)
        self._taken: dict[str, Origin] = {}
        self._all: dict[str, list[Path]] | None = None

    def find(self, annotation: Path, filename: str = "") -> Path | Fault:
        """The picture that the annotation names, or else the one that shares its stem.

        Of `filename` the last part counts, with either kind of slash: folders in it are another machine's.
        """
        folders = self._folders(annotation.parent)
        name = PureWindowsPath(filename).name
        named = [picture for folder in folders if (picture := self._listing(folder).names.get(name))]
        if named:
            return self.take(named[0], Origin(annotation))
        for folder in folders:
            alike = self._listing(folder).stems.get(annotation.stem, [])
            if alike:
                if len(alike) > 1:
                    return _ambiguous(annotation, alike)
                return self.take(alike[0], Origin(annotation))
        return _missing(annotation, name or annotation.stem)

    def find_named(self, annotation: Path, filename: str) -> Path | Fault:
        """The picture that one entry of a file of many names; folders in the name are tried, then its last part.

        At last a picture of that name anywhere in the set will do, if there is only one. The caller takes it.
        """
        folders = self._folders(annotation.parent)
        written = PurePosixPath(PureWindowsPath(filename).as_posix())
        if not written.is_absolute():
            for folder in folders:
                if (folder / written).is_file():
                    return Path(os.path.normpath(folder / written))
        named = [picture for folder in folders if (picture := self._listing(folder).names.get(written.name))]
        anywhere = named[:1] or self._everywhere().get(written.name, [])
        if len(anywhere) > 1:
            return _ambiguous(annotation, anywhere)
        return anywhere[0] if anywhere else _missing(annotation, filename)

    def _everywhere(self) -> dict[str, list[Path]]:
        """All pictures of the set by name: those under the root and, of a single file, under its folder."""
        if self._all is None:
            root = self._root if self._root.is_dir() else self._root.parent
            self._all = defaultdict(list)
            for file in walk(root.parent if root.name in ANNOTATION_FOLDERS else root):
                if is_picture(file):
                    self._all[file.name].append(file)
        return self._all

    def take(self, picture: Path, origin: Origin) -> Path | Fault:
        """Note that an annotation labels a picture; a fault if another one does already."""
        first = self._taken.setdefault(_key(picture), origin)
        return picture if first == origin else _labelled_twice(origin, first, picture)

    def unlabelled(self) -> list[Fault]:
        """A fault for each picture, under the root or beside those taken, that no annotation took."""
        free: dict[str, Path] = {}
        for picture in self._all_pictures():
            if _key(picture) not in self._taken:
                free.setdefault(_key(picture), picture)
        return [_unlabelled(free[key]) for key in sorted(free)]

    def _all_pictures(self) -> Iterator[Path]:
        if self._root.is_dir():
            yield from filter(is_picture, walk(self._root))
        for folder in {os.path.dirname(taken) for taken in self._taken}:
            yield from _pictures_in(Path(folder))


def _key(picture: Path) -> str:
    """By what two paths are the same; the path's own text where that will do, for there may be millions."""
    key, text = os.path.abspath(picture), str(picture)
    return text if text == key else key


def _pictures_in(folder: Path) -> Iterator[Path]:
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        if is_picture(Path(name)) and not name.startswith("."):
            yield folder / name


def _list_pictures(folder: Path) -> _Listing:
    listing = _Listing()
    for file in _pictures_in(folder):
        listing.names[file.name] = file
        listing.stems[file.stem].append(file)
    return listing


def _missing(annotation: Path, name: str) -> Fault:
    return Fault(
        "missing-picture",
        f"there is no picture {name!r}.",
        annotation,
        value=name,
        advice="Put it beside the annotation or into a folder images beside that, or remove the annotation.",
        severity=Severity.BLOCKING,
    )


def _labelled_twice(origin: Origin, first: Origin, picture: Path) -> Fault:
    return Fault(
        "labelled-twice",
        f"its picture {picture.name!r} is labelled by {first} too.",
        origin.file,
        origin.line,
        value=picture.name,
        advice="Keep one of the two annotations.",
        severity=Severity.BLOCKING,
    )


def _ambiguous(annotation: Path, pictures: list[Path]) -> Fault:
    names = ", ".join(picture.name for picture in pictures)
    return Fault(
        "ambiguous-picture",
        f"it may be about any of {names}.",
        annotation,
        value=names,
        advice="Give each picture a name and an annotation of its own.",
        severity=Severity.BLOCKING,
    )


def _unlabelled(picture: Path) -> Fault:
    return Fault(
        "unlabelled-picture",
        "the picture has no annotation and is not used.",
        picture,
        value=picture.name,
        advice="Label it, save it without boxes if nothing is on it, or move it away.",
    )
