"""The losses against their formulas, written out in NumPy in float64."""

import numpy as np
import pytest
import torch
from torch import Tensor

from maskwatch.retinanet.losses import focal_loss, giou_loss, smooth_l1


def random_logits(*shape: int, spread: float = 4.0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * spread


def random_targets(*shape: int) -> Tensor:
    return (torch.rand(shape, generator=torch.Generator().manual_seed(1)) < 0.3).double()


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (0.5, 0.0), (0.9, 1.5)])
def test_focal_loss_is_the_papers_equation_5(alpha: float, gamma: float) -> None:
    logits, targets = random_logits(50, 3), random_targets(50, 3)
    p, y = 1 / (1 + np.exp(-logits.numpy())), targets.numpy()
    p_t = np.where(y == 1, p, 1 - p)
    alpha_t = np.where(y == 1, alpha, 1 - alpha)
    by_hand = (-alpha_t * (1 - p_t) ** gamma * np.log(p_t)).sum()
    assert focal_loss(logits, targets, alpha, gamma).item() == pytest.approx(by_hand, rel=1e-10)
    in_training = focal_loss(logits.float(), targets.float(), alpha, gamma)
    assert in_training.item() == pytest.approx(by_hand, rel=1e-5)


def test_the_usual_focal_weights_are_a_quarter_and_two() -> None:
    logits, targets = random_logits(20, 2), random_targets(20, 2)
    assert focal_loss(logits, targets).item() == focal_loss(logits, targets, 0.25, 2.0).item()


@pytest.mark.parametrize("logit", [-200.0, 200.0])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_focal_loss_of_a_sure_answer_is_a_number(logit: float, target: float) -> None:
    logits = torch.full((1, 1), logit, requires_grad=True)
    loss = focal_loss(logits, torch.full((1, 1), target))
    loss.backward()
    assert np.isfinite(loss.item())
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_smooth_l1_is_keras_retinanets_with_sigma_three() -> None:
    offsets, targets = random_logits(40, 4, spread=0.3), torch.zeros(40, 4, dtype=torch.float64)
    away = np.abs(offsets.numpy())
    by_hand = np.where(away < 1 / 9, 0.5 * 9 * away**2, away - 0.5 / 9)
    assert (away < 1 / 9).any()
    assert (away > 1 / 9).any()
    assert smooth_l1(offsets, targets).item() == pytest.approx(by_hand.sum(), rel=1e-10)


BOX = (0, 0, 10, 10)


@pytest.mark.parametrize(
    ("predicted", "truth", "loss"),
    [
        (BOX, BOX, 0.0),  # the same
        ((5, 0, 15, 10), BOX, 1 - 50 / 150),  # half beside: the hull is the union
        ((2, 2, 4, 7), BOX, 1 - 10 / 100),  # inside
        ((20, 0, 30, 10), BOX, 1 + 100 / 300),  # apart: a third of the hull is empty
        ((10, 10, 20, 20), BOX, 1 + 200 / 400),  # a corner in common
        ((7, 7, 3, 3), BOX, 1.0),  # reversed: no area, in the hull
        ((30, 10, 20, 0), BOX, 1 + 200 / 300),  # reversed and apart
        ((-20, 10, -30, 0), BOX, 1 + 300 / 400),  # on the other side
        ((7, 0, 3, 10), BOX, 1.0),  # reversed along one axis
        ((3, 3, 3, 3), BOX, 1.0),  # a point
        (BOX, (5, 5, 5, 5), 1.0),  # a labelled point
        ((5, 5, 5, 5), (5, 5, 5, 5), 2.0),  # two points: nothing is divided by zero
    ],
)
def test_generalised_iou_by_hand(predicted: tuple[float, ...], truth: tuple[float, ...], loss: float) -> None:
    for precision in (torch.float32, torch.float64):
        pair = (torch.tensor([each], dtype=precision) for each in (predicted, truth))
        assert giou_loss(*pair).item() == pytest.approx(loss, abs=1e-5)


def test_generalised_iou_is_blind_to_scale_and_summed_over_pairs() -> None:
    boxes = torch.tensor([[0.0, 0, 8, 8], [100, 100, 400, 400]])
    moved = torch.tensor([[2.0, 0, 10, 8], [175, 100, 475, 400]])  # each by a quarter of its side
    small, large = giou_loss(moved[:1], boxes[:1]), giou_loss(moved[1:], boxes[1:])
    torch.testing.assert_close(small, large)
    torch.testing.assert_close(giou_loss(moved, boxes), small + large)


@pytest.mark.parametrize("predicted", [(3, 2, 14, 9), (-2, 5, 9, 30), (1, 1, 2, 2)])
def test_going_down_the_gradient_of_generalised_iou_finds_the_box(predicted: tuple[float, ...]) -> None:
    box = torch.tensor([predicted], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([box], lr=0.3)
    for _ in range(150):
        optimiser.zero_grad()
        loss = giou_loss(box, torch.tensor([BOX], dtype=torch.float64))
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1


@pytest.mark.parametrize("predicted", [(20, 20, 24, 26), (30, 10, 20, 0), (-9, -5, -12, -8)])
def test_boxes_apart_from_the_truth_are_drawn_to_it_also_reversed_ones(predicted: tuple[float, ...]) -> None:
    box = torch.tensor([predicted], dtype=torch.float64, requires_grad=True)
    truth = torch.tensor([BOX], dtype=torch.float64)
    loss = giou_loss(box, truth)
    loss.backward()
    assert box.grad is not None
    assert giou_loss((box - box.grad).detach(), truth) < loss


def test_gradients_are_those_of_the_numbers() -> None:
    logits, targets = random_logits(4, 2).requires_grad_(), random_targets(4, 2)
    assert torch.autograd.gradcheck(lambda x: focal_loss(x, targets), (logits,))
    offsets = random_logits(3, 4, spread=0.5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: smooth_l1(x, torch.zeros_like(x)), (offsets,))
    truth = torch.tensor([[0, 0, 10, 10], [3, 4, 8, 20], [0, 0, 5, 5]], dtype=torch.float64)
    boxes = torch.tensor([[1, 2, 8, 13], [9, 1, 14, 7], [20, 20, 24, 29]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: giou_loss(x, truth), (boxes,))


def test_no_pairs_cost_nothing() -> None:
    none = torch.zeros(0, 4, requires_grad=True)
    for loss in (giou_loss(none, torch.zeros(0, 4)), smooth_l1(none, torch.zeros(0, 4))):
        assert loss.item() == 0
        loss.backward()
