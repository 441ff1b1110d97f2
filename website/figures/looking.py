"""How a RetinaNet looks at a picture: levels, anchors, suppression."""

from pathlib import Path

import numpy as np

from figures.canvas import BARE, LINE, MASKED, PLAIN, TIME_S, draw_box, network_view, picture_figure, scene, write
from maskwatch import Detector, anchors
from maskwatch import boxes as box_math
from maskwatch.anchors import AnchorSettings

STRIDES = (8, 16, 32, 64, 128)
# `retinanet/variants.py` says the same; importing it would need torch. tests/test_website.py compares them.
FACE_ANCHORS = AnchorSettings(
    sizes=tuple(2.25 * stride for stride in STRIDES), strides=STRIDES, ratios=(1.2,), scales=(1.0,)
)


def pyramid(path: Path) -> None:
    """The cells of three of the five levels, and one anchor of each."""
    pixels, _ = network_view()
    height, width = pixels.shape[:2]
    figure, axes = picture_figure(3, 2.2)
    for level, (each, number) in zip((0, 2, 4), zip(axes, (3, 5, 7), strict=True), strict=True):
        stride = STRIDES[level]
        each.imshow(pixels)
        for edge in range(0, width + 1, stride):
            each.axvline(edge - 0.5, color=LINE, lw=0.4, alpha=0.7)
        for edge in range(0, height + 1, stride):
            each.axhline(edge - 0.5, color=LINE, lw=0.4, alpha=0.7)
        middle = np.array([width / 2, height / 2] * 2, np.float32) // stride * stride + stride / 2
        draw_box(each, FACE_ANCHORS.cell_boxes(level)[0] + middle, MASKED, 2.0)
        each.set_title(f"P{number}: a cell every {stride} pixels", fontsize=9)
        each.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    write(figure, path)


def anchors_of_a_face(path: Path) -> None:
    """All anchors of the level that fits, those that answer for a face, and the face's own box."""
    pixels, faces = network_view()
    height, width = pixels.shape[:2]
    every = anchors.generate(FACE_ANCHORS, height, width)
    level_sizes = tuple(rows * columns for rows, columns in FACE_ANCHORS.level_shapes(height, width))
    matches = anchors.match_atss(every, faces, level_sizes)
    face = int(box_math.side(faces).argmax())
    chosen = np.flatnonzero(matches == face)
    figure, (left, right) = picture_figure(2, 4.0, 8.0)
    x1, y1, x2, y2 = (float(edge) for edge in faces[face])
    margin = y2 - y1
    for axes in (left, right):
        axes.imshow(pixels, interpolation="bicubic")
        axes.set(xlim=(max(x1 - margin, 0), x2 + margin), ylim=(min(y2 + margin, height), max(y1 - margin, 0)))
    centres = box_math.centres(every)
    level = np.repeat(np.arange(len(level_sizes)), level_sizes)
    fitting = int(level[chosen[0]])
    own = np.flatnonzero(level == fitting)
    for index in own:
        draw_box(left, every[index], PLAIN, 0.6)
    left.plot(*centres[own].T, ".", color=LINE, ms=4)
    left.set_title(f"every anchor of P{fitting + 3} near the face", fontsize=9)
    for index in chosen:
        draw_box(right, every[index], MASKED, 1.5)
    right.plot(*centres[chosen].T, ".", color=MASKED, ms=5)
    draw_box(right, faces[face], LINE, 2.0, "--")
    right.set_title(f"the {len(chosen)} that answer for it (dashed: its label)", fontsize=9)
    write(figure, path)


def suppression(path: Path) -> None:
    """What the shipped network says, before and after overlaps are suppressed."""
    frame = scene().frame(TIME_S)
    figure, axes = picture_figure(2, 3.0)
    for each, iou, words in zip(axes, (1.0, None), ("all boxes from score .05 on", "what is left"), strict=True):
        found = Detector(iou=iou, score=0.05, threads=1).detect(frame)
        each.imshow(frame)
        for box, name, score in zip(found.xyxy, found.data["class_name"], found.confidence, strict=True):
            draw_box(each, box, MASKED if name == "mask" else BARE, 0.5 + 1.5 * float(score))
        each.set_title(f"{words}: {len(found)}", fontsize=9)
    write(figure, path)
