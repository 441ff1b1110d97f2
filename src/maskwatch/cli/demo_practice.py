"""`maskwatch demo --labelled`: pictures with labelImg's files beside them, to practise with."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from maskwatch.cli.data_options import showing_progress
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.data.labelimg_voc import FORMAT
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.writing.sets import write_samples
from maskwatch.data.writing.staging import refuse_existing
from maskwatch.demo.practice import Practice, PracticePicture

PICTURES = 60
CLASSES = ("mask", "no_mask")
# labelImg offers the names in this file, one a line, in the order in which they get their numbers.
NAMES_FILE = "classes.txt"


def write_practice_set(folder: Path) -> None:
    """Write the pictures, an XML each, and the class names for labelImg; all of them or nothing.

    Raises:
        UserError: for a folder that holds one of the files, or where the portraits are not installed.
    """
    refuse_existing(folder, [Path(NAMES_FILE)])
    with tempfile.TemporaryDirectory() as desk, terminated_as_interrupted(), showing_progress() as progress:
        practice, samples = Practice(), []
        for number in range(PICTURES):
            samples.append(_written(Path(desk), number, practice.picture(number)))
            progress("Making pictures", number + 1, PICTURES)
        write_samples(samples, folder, format=FORMAT, class_names=CLASSES, progress=progress)
        (folder / NAMES_FILE).write_text("".join(f"{name}\n" for name in CLASSES), encoding="utf-8")
    counts = Counter(label for sample in samples for label in sample.labels)
    said = ", ".join(f"{counts[name]} {name}" for name in CLASSES)
    Console(highlight=False, soft_wrap=True).print(f"{folder}: {PICTURES} pictures, {said}", markup=False)


def _written(desk: Path, number: int, made: PracticePicture) -> Sample:
    picture = desk / f"practice-{number:02}.jpg"
    Image.fromarray(made.pixels).save(picture, quality=92)
    height, width = made.pixels.shape[:2]
    easy = np.zeros(len(made.labels), bool)
    return Sample(picture, width, height, made.boxes, made.labels, easy, Origin(picture.with_suffix(".xml")))
