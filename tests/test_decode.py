"""Anchors and offsets to boxes, and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch import anchors as anchor_math
from maskwatch.anchors import AnchorSettings
from maskwatch.retinanet.decode import anchor_grid, decode, decode_boxes, encode_boxes
from maskwatch.retinanet.network import RawOutput
from maskwatch.retinanet.variants import CLASSIC_RESNET50, FACE_ANCHORS
from training_parts import TINY

CLASSIC = CLASSIC_RESNET50.anchors
CPU = torch.device("cpu")


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1), st.floats(1, 400))
def test_encoding_and_decoding_are_inverse(seed: int, box_std: float, spread_px: float) -> None:
    random = np.random.default_rng(seed)
    anchors = torch.tensor(anchor_math.generate(FACE_ANCHORS, 64, 96))
    boxes = anchors + torch.tensor(random.normal(0, spread_px, anchors.shape), dtype=torch.float32)
    again = decode_boxes(anchors, encode_boxes(anchors, boxes, box_std), box_std)
    torch.testing.assert_close(again, boxes, rtol=1e-4, atol=1e-3)


def test_an_offset_is_of_each_edge_in_shares_of_the_anchors_side() -> None:
    """keras-retinanet's convention, by hand: (edge - anchor's edge) / anchor's side / .2."""
    anchors = torch.tensor([[100.0, 100.0, 140.0, 120.0]])
    boxes = torch.tensor([[104.0, 99.0, 148.0, 124.0]])
    offsets = encode_boxes(anchors, boxes, 0.2)
    torch.testing.assert_close(offsets, torch.tensor([[4 / 40, -1 / 20, 8 / 40, 4 / 20]]) / 0.2)
    torch.testing.assert_close(decode_boxes(anchors, offsets, 0.2), boxes)
    batch = decode_boxes(anchors, offsets.expand(3, 1, 4), 0.2)
    torch.testing.assert_close(batch, boxes.expand(3, 1, 4))


@settings(deadline=None)
@given(st.integers(32, 700), st.integers(32, 700), st.sampled_from([FACE_ANCHORS, CLASSIC]))
def test_the_graphs_anchors_are_the_loaders(height: int, width: int, anchors: AnchorSettings) -> None:
    in_torch = anchor_grid(anchors, height, width, CPU).numpy()
    assert np.array_equal(in_torch, anchor_math.generate(anchors, height, width))


def raw_of(offsets: torch.Tensor, logits: torch.Tensor | None = None) -> RawOutput:
    return RawOutput(torch.zeros(*offsets.shape[:2], 2) if logits is None else logits, offsets)


def test_boxes_end_at_the_pictures_edges() -> None:
    anchors = torch.tensor(anchor_math.generate(TINY.anchors, 40, 56))
    random = torch.Generator().manual_seed(0)
    raw = raw_of(torch.randn(2, len(anchors), 4, generator=random) * torch.tensor([[[0.5]], [[20.0]]]))
    boxes = decode(raw, TINY, 40, 56).boxes
    assert boxes.shape == (2, len(anchors), 4)
    assert boxes.amin().item() == 0
    assert boxes[..., [0, 2]].amax().item() == 56
    assert boxes[..., [1, 3]].amax().item() == 40
    free = decode_boxes(anchors, raw.box_offsets, TINY.box_std)
    inside = (free > 0).all(-1) & (free[..., 0::2] < 56).all(-1) & (free[..., 1::2] < 40).all(-1)
    assert inside.any()
    torch.testing.assert_close(boxes[inside], free[inside])


def test_the_classic_margin_keeps_boxes_a_pixel_from_the_far_edges() -> None:
    anchors = anchor_math.generate(CLASSIC, 64, 96)
    boxes = decode(raw_of(torch.full((1, len(anchors), 4), 100.0)), CLASSIC_RESNET50, 64, 96).boxes
    assert boxes[0].unique(dim=0).tolist() == [[95, 63, 95, 63]]


def test_scores_are_the_sigmoid_of_each_class() -> None:
    anchors = anchor_math.generate(TINY.anchors, 32, 32)
    logits = torch.linspace(-8, 8, len(anchors) * 2).reshape(1, -1, 2)
    scores = decode(raw_of(torch.zeros(1, len(anchors), 4), logits), TINY, 32, 32).scores
    assert scores[0, 0, 0].item() == pytest.approx(1 / (1 + np.exp(8)))
    np.testing.assert_allclose(scores.numpy(), 1 / (1 + np.exp(-logits.double().numpy())), rtol=1e-5)


def test_half_precision_answers_are_decoded_in_full() -> None:
    """Under autocast a GPU answers in bfloat16, whose boxes would be pixels off."""
    anchors = anchor_math.generate(TINY.anchors, 512, 512)
    generator = torch.Generator().manual_seed(0)
    raw = raw_of(
        torch.randn(1, len(anchors), 4, generator=generator).bfloat16(),
        torch.randn(1, len(anchors), 2, generator=generator).bfloat16(),
    )
    in_full = raw_of(raw.box_offsets.float(), raw.class_logits.float())
    for one, other in zip(decode(raw, TINY, 512, 512), decode(in_full, TINY, 512, 512), strict=True):
        assert torch.equal(one, other)
