"""COCO's average precision of a run, computed by faster-coco-eval."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from maskwatch.boxes import Floats
from maskwatch.errors import UserError
from maskwatch.evaluation.collecting import Run


@dataclass(frozen=True)
class CocoFigures:
    """COCO's figures, 0..1, None without truth: AP over IoU .50 to .95, at .50, at .75, and by COCO's areas.

    COCO's areas are < 32², 32² to 96² and > 96² square pixels; at most 100 detections of a class and picture.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    ap_by_class: dict[str, float]


def require_coco() -> None:
    """Say before a long run, not after it, that the package is missing."""
    _library()


def coco_figures(run: Run) -> CocoFigures:
    """Judge a run by COCO's rule over the classes of the model.

    Difficult faces become crowd regions, COCO's only way to have a box neither asked for nor held against
    anybody. COCO knows no least score, so a run collected from .02 on is judged without what lies below.
    """
    coco, evaluation = _library()
    judge = evaluation(coco(truth_record(run)), coco(detection_record(run)), "bbox")
    judge.evaluate()
    judge.accumulate()
    return _figures(judge.eval["precision"], run.table.model)


def _library() -> tuple[Any, Any]:
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as error:
        raise UserError(
            "COCO's AP needs the package faster-coco-eval: pip install 'maskwatch[train]', "
            "or leave it out with --no-coco."
        ) from error
    return COCO, COCOeval_faster


def _figures(precision: np.ndarray, names: tuple[str, ...]) -> CocoFigures:
    """Means over `precision` (10 IoUs, 101 recalls, K classes, 4 areas, 3 limits), in which -1 is no truth."""
    at_most_100 = precision[..., -1]
    whole = at_most_100[..., 0]
    classes = {name: _mean(whole[:, :, number]) for number, name in enumerate(names)}
    return CocoFigures(
        ap=_mean(whole),
        ap50=_mean(whole[0]),
        ap75=_mean(whole[5]),
        ap_small=_mean(at_most_100[..., 1]),
        ap_medium=_mean(at_most_100[..., 2]),
        ap_large=_mean(at_most_100[..., 3]),
        ap_by_class={name: ap for name, ap in classes.items() if ap is not None},
    )


def _mean(values: np.ndarray) -> float | None:
    known = values[values > -1]
    return float(known.mean()) if known.size else None


def truth_record(run: Run) -> dict[str, Any]:
    """The labelled faces as a COCO json; classes that the model does not know are left out."""
    annotations: list[dict[str, Any]] = []
    for picture, judged in enumerate(run.pictures, start=1):
        truth = judged.truth
        for box, number, difficult in zip(truth.boxes, truth.classes, truth.difficult, strict=True):
            if number < len(run.table.model):
                place = len(annotations) + 1
                annotations.append(_annotation(place, picture, number, box, crowd=bool(difficult)))
    return _record(run, annotations)


def detection_record(run: Run) -> dict[str, Any]:
    """What was found as a COCO json of annotations with scores."""
    annotations: list[dict[str, Any]] = []
    for picture, judged in enumerate(run.pictures, start=1):
        found = judged.found
        for box, number, score in zip(found.boxes, found.classes, found.scores, strict=True):
            annotation = _annotation(len(annotations) + 1, picture, number, box, crowd=False)
            annotations.append({**annotation, "score": float(score)})
    return _record(run, annotations)


def _record(run: Run, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    images = [{"id": picture} for picture in range(1, len(run.pictures) + 1)]
    categories = [{"id": number, "name": name} for number, name in enumerate(run.table.model, start=1)]
    return {"info": {}, "images": images, "categories": categories, "annotations": annotations}


def _annotation(number: int, picture: int, of_class: int, box: Floats, *, crowd: bool) -> dict[str, Any]:
    """One box as COCO writes it, x, y, width, height; ids count from 1 because 0 means unmatched to COCO."""
    left, top, right, bottom = (float(edge) for edge in box)
    width, height = right - left, bottom - top
    return {
        "id": number,
        "image_id": picture,
        "category_id": int(of_class) + 1,
        "bbox": [left, top, width, height],
        "area": width * height,
        "iscrowd": int(crowd),
    }
