"""From faces in single frames to when each person wore a mask."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwatch import boxes as box_math
from maskwatch.demo.scene import Truth
from maskwatch.detections import Detections

_OWN_FACE_IOU = 0.3


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in one state; `None` where the face was not found."""

    start_s: float
    end_s: float
    label: str | None


def own_label(truth: Truth, found: Detections) -> str | None:
    """The label of the face that lies on a person's own, or `None`."""
    if not len(found):
        return None
    overlap = box_math.iou(truth.box[None], found.xyxy.astype(np.float32))[0]
    nearest = int(overlap.argmax())
    return str(found.data["class_name"][nearest]) if overlap[nearest] >= _OWN_FACE_IOU else None


def settle(labels: Sequence[str | None], window: int) -> list[str | None]:
    """Each frame's label by the majority of the `window` frames around it, so that one slip is no change."""
    half = window // 2
    around = (labels[max(0, index - half) : index + half + 1] for index in range(len(labels)))
    return [Counter(part).most_common(1)[0][0] for part in around]


def stretches(labels: Sequence[str | None], frame_s: float) -> list[Stretch]:
    """Runs of one label after the other, each frame lasting `frame_s`."""
    found: list[Stretch] = []
    for index, label in enumerate(labels):
        end_s = (index + 1) * frame_s
        if found and found[-1].label == label:
            found[-1] = Stretch(found[-1].start_s, end_s, label)
        else:
            found.append(Stretch(index * frame_s, end_s, label))
    return found
