"""The work behind `maskwatch data view`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from maskwatch.anchors import AnchorSettings
from maskwatch.cli.data_options import plain_console
from maskwatch.data.faults import printable
from maskwatch.data.options import Progress, counted
from maskwatch.data.samples import Sample
from maskwatch.data.viewing import Matching, choose, matched_sample, matched_tile, plain_tile, worst_covered
from maskwatch.data.writing.staging import refuse_existing, staged
from maskwatch.pictures.opening import open_picture
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.pictures.sheet import Tile, contact_sheet

KERAS_RETINANET = Preprocessing("short_side", 800, 1333, "sampled")
_QUALITY = 90


@dataclass(frozen=True)
class Look:
    """What is to be seen; the fields are the command's options."""

    pictures: int
    seed: int
    anchors: AnchorSettings | None
    matching: Matching
    worst: bool
    augmented: bool
    columns: int
    tile_px: int
    side_px: int
    crop_px: int

    @property
    def preprocessing(self) -> Preprocessing:
        return KERAS_RETINANET if self.matching == "classic" else Preprocessing(side_px=self.side_px)


@dataclass
class Counts:
    """What was drawn, and how many anchors answer for each box of it."""

    pictures: int
    anchors: list[int] = field(default_factory=list)


def sheets(samples: Sequence[Sample], look: Look, out: Path, progress: Progress) -> Counts:
    """Write `sheet-1.jpg` and so on into a folder; nothing in it is overwritten."""
    counts = Counts(min(look.pictures, len(samples)))
    a_page = look.columns**2
    names = [Path(f"sheet-{number + 1}.jpg") for number in range(-(-counts.pictures // a_page))]
    refuse_existing(out, names)
    tiles = (_augmented if look.augmented else _whole)(samples, look, counts)
    with staged(out) as stage:
        for name in counted(names, "Drawing", progress):
            page = contact_sheet(list(islice(tiles, a_page)), look.columns, look.tile_px)
            Image.fromarray(page).save(stage / name, quality=_QUALITY)
    return counts


def _chosen(samples: Sequence[Sample], look: Look) -> list[Sample]:
    if look.worst and look.anchors:
        return worst_covered(samples, look.pictures, look.anchors, look.preprocessing)
    return [samples[index] for index in choose(len(samples), look.pictures, look.seed)]


def _whole(samples: Sequence[Sample], look: Look, counts: Counts) -> Iterator[Tile]:
    for sample in _chosen(samples, look):
        picture = open_picture(sample.picture)
        if look.anchors:
            matched = matched_sample(sample, picture, look.anchors, look.preprocessing, look.matching)
            counts.anchors += matched.counts.tolist()
            yield matched_tile(matched, sample.picture.name, look.tile_px)
        else:
            yield plain_tile(sample, picture, look.tile_px)


def _augmented(samples: Sequence[Sample], look: Look, counts: Counts) -> Iterator[Tile]:
    from maskwatch.cli.data_augmented import crop_tile, matched_crop, settings_for, training_crops

    names = tuple(sorted({label for sample in samples for label in sample.labels}))
    settings = settings_for(look.matching, look.crop_px, look.seed)
    indices = choose(len(samples), look.pictures, look.seed)
    for crop, caption in training_crops(samples, indices, settings):
        if look.anchors:
            matched = matched_crop(crop, look.anchors, look.matching)
            counts.anchors += matched.counts.tolist()
            yield matched_tile(matched, caption, look.tile_px)
        else:
            yield crop_tile(crop, names, caption, look.tile_px)


def tell(counts: Counts, look: Look, out: Path) -> None:
    """What was drawn, and how many boxes have no anchor."""
    console = plain_console()
    what = "crops" if look.augmented else "pictures"
    if look.anchors and counts.anchors:
        found = np.array(counts.anchors)
        console.print(
            f"boxes: {len(found)}, without an anchor ({look.matching}): {int((found == 0).sum())}; "
            f"anchors a box: {int(found.min())} to {int(found.max())}, half have {int(np.median(found))} or more"
        )
    console.print(f"{counts.pictures} {what}; the first sheet is {printable(str(out / 'sheet-1.jpg'))}.")
