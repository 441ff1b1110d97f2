"""How training and evaluation measure: the focal loss, overlap, precision and recall."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figures.canvas import BARE, LINE, MASKED, PLAIN, chart_figure, draw_box, network_view, picture_figure, write
from maskwatch import boxes as box_math
from maskwatch.evaluation.average_precision import curve

# Ten detections in the order of their scores, and whether each found a face of its own; there are six faces.
HITS = np.array([True, True, False, True, False, False, True, True, False, False])
FACES = 6


def focal(probability: NDArray[np.float64], gamma: float, alpha: float) -> NDArray[np.float64]:
    """The focal loss of an anchor with an object whose class gets that probability; the sums are torch's business."""
    return -alpha * (1 - probability) ** gamma * np.log(probability)


def focal_losses(path: Path) -> None:
    probability = np.linspace(0.01, 1, 200)
    figure, axes = chart_figure()
    axes.plot(probability, focal(probability, 0.0, 1.0), color=PLAIN, ls="--", label="cross entropy")
    axes.plot(probability, focal(probability, 2.0, 1.0), color=MASKED, lw=2, label="focal loss, gamma 2")
    axes.set(xlabel="probability that the network gives to what is right", ylabel="loss", ylim=(0, 4), xlim=(0, 1))
    axes.legend(frameon=False)
    write(figure, path)


def overlaps(path: Path) -> None:
    """A face's label and boxes that are more and more beside it, with their IoU."""
    pixels, faces = network_view()
    face = faces[int(box_math.side(faces).argmax())]
    width, height = float(face[2] - face[0]), float(face[3] - face[1])
    figure, axes = picture_figure(3, 3.0, 8.0)
    for each, shift in zip(axes, (0.08, 0.22, 0.4), strict=True):
        moved = face + np.array([shift * width, shift * height / 2] * 2, np.float32)
        iou = float(box_math.iou(face[None], moved[None])[0, 0])
        each.imshow(pixels, interpolation="bicubic")
        draw_box(each, face, LINE, 2.0, "--")
        draw_box(each, moved, MASKED if iou >= 0.5 else BARE, 2.0)
        each.set(xlim=(face[0] - width, face[2] + width), ylim=(face[3] + height / 2, face[1] - height / 2))
        each.set_title(f"IoU {iou:.2f}: {'a hit' if iou >= 0.5 else 'a miss and a false alarm'}", fontsize=9)
    write(figure, path)


def precision_recall(path: Path) -> None:
    scores = np.linspace(0.95, 0.1, len(HITS)).astype(np.float32)
    found = curve(scores, HITS, FACES)
    falling = np.maximum.accumulate(found.precision[::-1])[::-1]
    figure, axes = chart_figure()
    # From nothing found to the first face the precision counts as that of the first face.
    recall, height = np.concatenate([[0.0], found.recall]), np.concatenate([falling[:1], falling])
    axes.fill_between(recall, height, step="pre", color=MASKED, alpha=0.15, lw=0)
    axes.step(recall, height, where="pre", color=MASKED, lw=2, label="made to fall")
    axes.plot(found.recall, found.precision, "o--", color=PLAIN, ms=4, lw=1, label="from each score on")
    axes.text(0.3, 0.3, f"area: AP {found.area():.3f}", fontsize=11)
    axes.set(xlabel="recall: share of the faces found", ylabel="precision", xlim=(0, 1), ylim=(0, 1.05))
    axes.legend(frameon=False, loc="lower left")
    write(figure, path)
