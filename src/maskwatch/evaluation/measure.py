"""The measurement of one detector on one set: every figure from one pass over the pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from maskwatch.data.samples import Sample
from maskwatch.detections import Detect
from maskwatch.evaluation.average_precision import class_average_precisions, mean_average_precision
from maskwatch.evaluation.calibration import CalibrationFigures, calibration_figures
from maskwatch.evaluation.coco_ap import CocoFigures, coco_figures, require_coco
from maskwatch.evaluation.collecting import Run, collect, detect_files
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.operating_point import OperatingPoint, operating_point
from maskwatch.evaluation.rules import HOUSE, Rule
from maskwatch.evaluation.sizes import SizeFigures, by_size


@dataclass(frozen=True)
class Measurement:
    """What is known of a detector after one pass.

    Attributes:
        rule: by which AP was made.
        pictures: how many there were.
        faces: of each class of the model, how many faces were to be found.
        difficult: how many labelled faces were neither asked for nor counted.
        lacking: labelled faces of classes that the model does not know; in no AP, but in the confusion matrix.
        ap: mean over the classes with truth, 0..1; None if all truth is difficult.
        ap_by_class: of the classes with truth.
        by_size: by the face's size in the original picture.
        shown: what a user sees, at the score given.
        calibration: how far scores are from the share of detections that is right.
        coco: COCO's figures, or None if they were not asked for.
        run: truth and detections, for whatever else is to be drawn from them.
    """

    rule: Rule
    pictures: int
    faces: dict[str, int]
    difficult: int
    lacking: dict[str, int]
    ap: float | None
    ap_by_class: dict[str, float]
    by_size: tuple[SizeFigures, ...]
    shown: OperatingPoint
    calibration: CalibrationFigures
    coco: CocoFigures | None
    run: Run = field(repr=False, compare=False)


def measure(
    samples: Sequence[Sample],
    detect: Detect,
    class_names: Sequence[str],
    *,
    score: float,
    rule: Rule = HOUSE,
    coco: bool = False,
    batch_size: int = 8,
) -> Measurement:
    """Detect in every picture, then judge.

    Args:
        samples: labelled pictures.
        detect: must give detections down to `rule.minimum_score`.
        class_names: the detector's K classes, in its order.
        score: the one at which precision, recall and the confusion matrix are quoted.
        rule: what a hit is.
        coco: COCO's AP as well, which needs faster-coco-eval.
        batch_size: pictures handed to `detect` at a time.

    Raises:
        UserError: when a picture cannot be opened, or the classes share nothing with the detector's.
    """
    if coco:
        require_coco()
    paths = [sample.picture for sample in samples]
    run = collect(samples, detect_files(paths, detect, batch_size), class_names)
    return judge(run, score=score, rule=rule, coco=coco)


def judge(run: Run, *, score: float, rule: Rule = HOUSE, coco: bool = False) -> Measurement:
    """All figures of a run that was collected before; arguments as for `measure`."""
    table = run.table
    matches = match(run, rule)
    counted = Counter(table.names[number] for number in matches.face_classes[matches.counted])
    by_class = class_average_precisions(matches, table)
    return Measurement(
        rule=rule,
        pictures=len(run.pictures),
        faces={name: counted[name] for name in table.model},
        difficult=int((~matches.counted).sum()),
        lacking={name: counted[name] for name in table.lacking},
        ap=mean_average_precision(by_class),
        ap_by_class=by_class,
        by_size=by_size(matches, table),
        shown=operating_point(matches, match(run, rule, by_class=False), table, len(run.pictures), score),
        calibration=calibration_figures(matches, table),
        coco=coco_figures(run) if coco else None,
        run=run,
    )
