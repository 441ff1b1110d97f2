"""The work behind `maskwatch prelabel`."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from maskwatch.cli.data_options import plain_console, showing_progress
from maskwatch.cli.folders import pictures_below
from maskwatch.cli.prelabel_request import Outcome, Request
from maskwatch.cli.prelabel_write import write
from maskwatch.cli.reading_ahead import pictures_ahead
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.cli.tiles import read_tiles, with_tiles
from maskwatch.data.faults import printable
from maskwatch.data.labelled import is_verified, labelled
from maskwatch.data.options import Progress
from maskwatch.data.prelabels import LEAST_SCORE, Limits, Prelabel, prelabel
from maskwatch.data.writing.staging import refuse_existing
from maskwatch.detection.detector import Detector
from maskwatch.errors import UserError
from maskwatch.pictures.opening import PictureError

_SHOWN = 5
_WORTH_A_LOOK = 0.05  # corrections


def run_prelabel(request: Request) -> None:
    """Look at every picture without labels, write them all or none, tell what was done."""
    limits = request.limits
    if request.tiles:
        read_tiles(request.tiles)
    if not request.folder.is_dir():
        raise UserError(
            f"{request.folder}: {'not a folder' if request.folder.exists() else 'there is no such folder'}."
        )
    if request.review:
        refuse_existing(request.review.parent, [Path(request.review.name)])
    pictures = pictures_below(request.folder)
    theirs = labelled(request.folder, pictures)
    free = [picture for picture in pictures if picture not in theirs]
    detector = Detector(request.model, device=request.device, threads=request.threads, score=LEAST_SCORE)
    outcome = Outcome([], theirs, [])
    with terminated_as_interrupted(), showing_progress() as progress:
        outcome.made = list(_made(free, detector, request, limits, outcome, progress))
        outcome.made.sort(key=lambda each: -each.doubt)
        write(request, detector.metadata, outcome, progress)
    _tell(request, outcome)


def _made(
    free: Sequence[Path], detector: Detector, request: Request, limits: Limits, outcome: Outcome, progress: Progress
) -> Iterator[Prelabel]:
    detect = with_tiles(detector.detect_batch, request.tiles, detector.metadata.preprocessing, detector.iou)
    with closing(pictures_ahead(free)) as opened:
        for done, (picture, pixels_of) in enumerate(zip(free, opened, strict=True), start=1):
            try:
                pixels = pixels_of()
            except PictureError as error:
                outcome.broken.append(str(error))
            else:
                size = (pixels.shape[1], pixels.shape[0])
                yield prelabel(picture, size, detect([pixels])[0], limits)
            progress("Looking", done, len(free))


def _tell(request: Request, outcome: Outcome) -> None:
    console, made = plain_console(), outcome.made
    sure, boxes = sum(int(each.sure.sum()) for each in made), sum(len(each.scores) for each in made)
    console.print(
        f"Labelled as {request.to}: pictures {len(made)}, sure boxes {sure}, doubtful boxes {boxes - sure}; "
        f"about {sum(each.doubt for each in made):.0f} corrections to be expected."
    )
    if outcome.labelled:
        verified = sum(is_verified(file) for file in set(outcome.labelled.values()))
        console.print(f"Left alone, labelled already: pictures {len(outcome.labelled)}, verified {verified}.")
    for message in outcome.broken:
        console.print(printable(f"Skipped: {message}"))
    worst = [each for each in made[:_SHOWN] if each.doubt >= _WORTH_A_LOOK]
    if worst:
        console.print("Most to correct:")
        for each in worst:
            console.print(f"  {each.doubt:6.2f}  {printable(str(each.sample.picture))}")
    if request.review:
        console.print(f"All in that order: {printable(str(request.review))}.")
