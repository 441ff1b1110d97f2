"""Where the files of a written set go: pictures keep their places to each other, annotations lie beside them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from maskwatch.data.samples import Sample
from maskwatch.errors import UserError

# One file to be written: its place below the written folder, and its text in parts.
Document = tuple[PurePosixPath, Iterable[str]]


@dataclass(frozen=True)
class Placed:
    """A sample and the place of its picture below the written folder, with slashes."""

    sample: Sample
    picture: PurePosixPath

    def beside(self, suffix: str) -> PurePosixPath:
        """The place of an annotation of the sample's own."""
        return self.picture.with_suffix(suffix)


def place(samples: Sequence[Sample], folder: Path) -> list[Placed]:
    """A place for each picture: its own if it lies below `folder` already, else as it lies to the others.

    Raises:
        UserError: where two pictures would have one place.
    """
    pictures = [Path(os.path.abspath(sample.picture)) for sample in samples]
    target = Path(os.path.abspath(folder))
    inside = [picture.is_relative_to(target) for picture in pictures]
    outside = [picture.parent for picture, within in zip(pictures, inside, strict=True) if not within]
    root = Path(os.path.commonpath(outside)) if outside else target
    placed = [
        Placed(sample, PurePosixPath(picture.relative_to(target if within else root).as_posix()))
        for sample, picture, within in zip(samples, pictures, inside, strict=True)
    ]
    _refuse_shared({each.picture: each for each in placed}, placed)
    return placed


def apart(placed: Sequence[Placed], suffix: str) -> None:
    """Raise UserError where two pictures (`a.jpg` and `a.png`) would share one annotation file."""
    first: dict[PurePosixPath, Placed] = {}
    for each in placed:
        other = first.setdefault(each.beside(suffix), each)
        if other is not each:
            raise UserError(
                f"{each.sample.picture}: would share {each.beside(suffix).name} with {other.sample.picture.name}; "
                "rename one of the two pictures."
            )


def moved(each: Placed, folder: Path) -> Sample:
    """The sample with the picture that lies in the written folder."""
    return replace(each.sample, picture=folder / each.picture)


def _refuse_shared(by_place: dict[PurePosixPath, Placed], placed: Sequence[Placed]) -> None:
    for each in placed:
        last = by_place[each.picture]
        if last is not each:
            raise UserError(
                f"{each.sample.picture}: would take the place of {last.sample.picture} in the written folder; "
                "rename one of the two pictures."
            )
