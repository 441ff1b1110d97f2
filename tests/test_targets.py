"""The loss of a batch: what counts, by how much, and what does not."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from maskwatch import anchors as anchor_math
from maskwatch.anchors import BACKGROUND, IGNORED
from maskwatch.retinanet.decode import encode_boxes
from maskwatch.retinanet.losses import BoxLoss, focal_loss, giou_loss, smooth_l1
from maskwatch.retinanet.network import RawOutput
from maskwatch.retinanet.targets import Targets, loss
from training_parts import TINY, TINY_ANCHORS, random_pixels, tiny_network

ANCHORS = torch.tensor(anchor_math.generate(TINY_ANCHORS, 64, 64))
COUNT = len(ANCHORS)
CLASSES = 3
BOX_STD = 0.2


def raw_output(batch: int, seed: int = 0) -> RawOutput:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, COUNT, CLASSES, generator=generator).requires_grad_()
    return RawOutput(logits, (torch.randn(batch, COUNT, 4, generator=generator) * 0.3).requires_grad_())


def targets_of(*pictures: dict[int, int], boxes: Tensor | None = None, labels: Tensor | None = None) -> Targets:
    """One mapping a picture from anchor to its match; all other anchors are background."""
    matches = torch.full((len(pictures), COUNT), BACKGROUND)
    for row, picture in enumerate(pictures):
        for anchor, match in picture.items():
            matches[row, anchor] = match
    none = torch.zeros(len(pictures), 0, 4), torch.zeros(len(pictures), 0, dtype=torch.int64)
    return Targets(matches, none[0] if boxes is None else boxes, none[1] if labels is None else labels)


TWO_BOXES = torch.tensor([[[4.0, 4, 20, 22], [30, 30, 50, 52]]])
TWO_LABELS = torch.tensor([[2, 0]])


@pytest.mark.parametrize("box_loss", ["smooth_l1", "giou"])
def test_pictures_without_boxes_cost_something_finite_and_nothing_for_boxes(box_loss: BoxLoss) -> None:
    network = tiny_network(classes=CLASSES)
    raw = network.train()(random_pixels(2, 64, 64))
    losses = loss(raw, targets_of({}, {}), ANCHORS, BOX_STD, box_loss)
    (losses.classes + losses.boxes).backward()  # type: ignore[no-untyped-call]
    assert math.isfinite(losses.classes.item())
    assert losses.classes.item() > 0
    assert losses.boxes.item() == 0
    for parameter in network.parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all()


def test_the_class_loss_is_focal_over_all_that_counts_by_the_number_of_positives() -> None:
    raw = raw_output(1)
    targets = targets_of({5: 0, 6: 0, 40: 1, 7: IGNORED}, boxes=TWO_BOXES, labels=TWO_LABELS)
    wanted = np.zeros((COUNT, CLASSES), np.float32)
    wanted[[5, 6], 2] = 1
    wanted[40, 0] = 1
    counted = np.arange(COUNT) != 7
    by_hand = focal_loss(raw.class_logits[0, counted], torch.tensor(wanted[counted])) / 3
    torch.testing.assert_close(loss(raw, targets, ANCHORS, BOX_STD).classes, by_hand)


@pytest.mark.parametrize("box_loss", ["smooth_l1", "giou"])
def test_the_box_loss_is_of_positive_anchors_against_their_own_boxes(box_loss: BoxLoss) -> None:
    raw = raw_output(1)
    targets = targets_of({5: 0, 40: 1, 41: IGNORED}, boxes=TWO_BOXES, labels=TWO_LABELS)
    anchors, truth = ANCHORS[[5, 40]], TWO_BOXES[0]
    offsets = raw.box_offsets[0, [5, 40]]
    if box_loss == "giou":
        sides = (anchors[:, 2:] - anchors[:, :2]).repeat(1, 2)
        by_hand = giou_loss(anchors + offsets * sides * BOX_STD, truth)
    else:
        by_hand = smooth_l1(offsets, encode_boxes(anchors, truth, BOX_STD))
    found = loss(raw, targets, ANCHORS, BOX_STD, box_loss, box_weight=1.5)
    torch.testing.assert_close(found.boxes, by_hand / 2 * 1.5)


def test_ignored_anchors_teach_nothing() -> None:
    raw = raw_output(1)
    targets = targets_of({5: 0, 7: IGNORED, 8: IGNORED}, boxes=TWO_BOXES, labels=TWO_LABELS)
    losses = loss(raw, targets, ANCHORS, BOX_STD, "giou")
    (losses.classes + losses.boxes).backward()  # type: ignore[no-untyped-call]
    assert raw.class_logits.grad is not None
    assert raw.box_offsets.grad is not None
    taught = raw.class_logits.grad[0].abs().sum(dim=1) > 0
    assert not taught[[7, 8]].any()
    assert taught.sum() == COUNT - 2  # background and positives are
    assert (raw.box_offsets.grad[0].abs().sum(dim=1) > 0).nonzero().flatten().tolist() == [5]


def test_both_losses_are_divided_by_the_positives_of_the_whole_batch() -> None:
    """Not of each picture: a picture with one face would else weigh as much as one with thirty."""
    raw = raw_output(2)
    boxes, labels = TWO_BOXES.expand(2, 2, 4), TWO_LABELS.expand(2, 2)
    crowd = {anchor: anchor % 2 for anchor in range(9)}
    together = loss(raw, targets_of(crowd, {3: 1}, boxes=boxes, labels=labels), ANCHORS, BOX_STD)
    parts = []
    for picture, matches in enumerate((crowd, {3: 1})):
        own = RawOutput(raw.class_logits[picture : picture + 1], raw.box_offsets[picture : picture + 1])
        alone = loss(own, targets_of(matches, boxes=TWO_BOXES, labels=TWO_LABELS), ANCHORS, BOX_STD)
        parts.append([each * len(matches) for each in alone])
    torch.testing.assert_close(together.classes, (parts[0][0] + parts[1][0]) / 10)
    torch.testing.assert_close(together.boxes, (parts[0][1] + parts[1][1]) / 10)


def test_boxes_that_fill_up_a_batch_are_no_targets() -> None:
    raw = raw_output(1)
    exact = targets_of({5: 0}, boxes=TWO_BOXES[:, :1], labels=TWO_LABELS[:, :1])
    filled = targets_of({5: 0}, boxes=TWO_BOXES * torch.tensor([[[1.0], [0.0]]]), labels=TWO_LABELS)
    for one, other in zip(loss(raw, exact, ANCHORS, BOX_STD), loss(raw, filled, ANCHORS, BOX_STD), strict=True):
        torch.testing.assert_close(one, other)


def test_a_perfect_answer_costs_next_to_nothing() -> None:
    targets = targets_of({5: 0, 40: 1}, boxes=TWO_BOXES, labels=TWO_LABELS)
    logits = torch.full((1, COUNT, CLASSES), -12.0)
    logits[0, 5, 2] = logits[0, 40, 0] = 12.0
    offsets = torch.zeros(1, COUNT, 4)
    offsets[0, [5, 40]] = encode_boxes(ANCHORS[[5, 40]], TWO_BOXES[0], BOX_STD)
    for box_loss in ("smooth_l1", "giou"):
        losses = loss(RawOutput(logits, offsets), targets, ANCHORS, BOX_STD, box_loss)  # type: ignore[arg-type]
        assert losses.classes.item() < 1e-6
        assert losses.boxes.item() < 1e-5


def test_half_precision_answers_are_judged_in_full() -> None:
    raw = raw_output(1)
    half = RawOutput(raw.class_logits.bfloat16(), raw.box_offsets.bfloat16())
    targets = targets_of({5: 0}, boxes=TWO_BOXES, labels=TWO_LABELS)
    full = RawOutput(half.class_logits.float(), half.box_offsets.float())
    for one, other in zip(
        loss(half, targets, ANCHORS, TINY.box_std), loss(full, targets, ANCHORS, TINY.box_std), strict=True
    ):
        assert one.dtype == torch.float32
        assert one.item() == other.item()
