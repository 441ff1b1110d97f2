"""Anchors fitted to a set: never worse than those it began with, and measured as matching measures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwatch.anchor_fitting import BoxesToCover, best_iou_of_nearest, coverage, fit, worth
from maskwatch.anchors import AnchorSettings, best_iou

WATCH = AnchorSettings(sizes=(18, 36, 72, 144, 288), strides=(8, 16, 32, 64, 128), ratios=(1.2,), scales=(1.0,))
CLASSIC = AnchorSettings(sizes=(32, 64, 128, 256, 512), strides=(8, 16, 32, 64, 128))


def boxes_of(shapes: list[tuple[float, float]], count: int = 300, side: int = 512) -> BoxesToCover:
    """Boxes of some shapes (width, height), anywhere in inputs of `side` pixels."""
    random = np.random.default_rng(0)
    sides = np.array(shapes)[random.integers(len(shapes), size=count)] * np.exp(random.normal(0, 0.03, (count, 2)))
    corners = random.uniform(0, 1, (count, 2)) * (side - sides)
    return BoxesToCover(np.concatenate([corners, corners + sides], 1).astype(np.float32), np.full((count, 2), side))


@st.composite
def inputs(draw: st.DrawFn) -> tuple[AnchorSettings, BoxesToCover, int, int]:
    width, height = draw(st.integers(32, 300)), draw(st.integers(32, 300))
    count = draw(st.integers(1, 5))
    corners = st.floats(0, 1)
    places = np.array([[draw(corners) for _ in range(4)] for _ in range(count)])
    low = np.minimum(places[:, :2], places[:, 2:]) * (width - 2, height - 2)
    high = np.maximum(places[:, :2], places[:, 2:]) * (width - 2, height - 2) + 2
    boxes = np.concatenate([low, high], 1).astype(np.float32)
    return (
        draw(st.sampled_from([WATCH, CLASSIC])),
        BoxesToCover(boxes, np.full((count, 2), (width, height))),
        width,
        height,
    )


@settings(max_examples=30, deadline=None)
@given(inputs())
def test_the_nearest_anchors_hold_the_best_of_all(drawn: tuple[AnchorSettings, BoxesToCover, int, int]) -> None:
    anchors, chosen, width, height = drawn
    np.testing.assert_allclose(
        best_iou_of_nearest(anchors, chosen), best_iou(anchors, chosen.boxes, height, width), atol=1e-4
    )


def test_a_fit_finds_the_shapes_that_a_set_is_made_of() -> None:
    chosen = boxes_of([(20, 110), (190, 30)])
    fitted = fit(CLASSIC, chosen, ratios=2, scales=2, steps=300)
    before, after = coverage(CLASSIC, chosen), coverage(fitted, chosen)
    assert after.positive > before.positive + 0.1
    assert after.mean_iou > before.mean_iou
    assert min(fitted.ratios) == pytest.approx(30 / 190, rel=0.4)
    assert max(fitted.ratios) == pytest.approx(5.5, rel=0.4)


@pytest.mark.parametrize("start", [WATCH, CLASSIC])
@pytest.mark.parametrize("shapes", [[(10, 12), (40, 50), (200, 230)], [(3, 4)], [(500, 30)]])
def test_a_fit_with_as_many_anchors_is_never_worse(start: AnchorSettings, shapes: list[tuple[float, float]]) -> None:
    chosen = boxes_of(shapes, 80)
    fitted = fit(start, chosen, len(start.ratios), len(start.scales), steps=60)
    assert worth(fitted, chosen) >= worth(start, chosen)
    assert fitted.strides == start.strides
    assert (len(fitted.ratios), len(fitted.scales)) == (len(start.ratios), len(start.scales))


def test_the_same_boxes_and_seed_give_the_same_anchors() -> None:
    chosen = boxes_of([(20, 30), (60, 61)], 120)
    assert fit(WATCH, chosen, 2, 1, seed=3, steps=60) == fit(WATCH, chosen, 2, 1, seed=3, steps=60)


def test_coverage_counts_the_shares_of_the_rule() -> None:
    anchor = AnchorSettings(sizes=(32,), strides=(32,), ratios=(1.0,), scales=(1.0,))
    boxes = np.array([[0, 0, 32, 32], [0, 0, 32, 15], [0, 0, 4, 4]], np.float32)  # IoU 1, .47, .02
    found = coverage(anchor, BoxesToCover(boxes, np.full((3, 2), 32)))
    assert (found.boxes, found.positive, found.ignored, found.unreached) == (3, 1 / 3, 1 / 3, 1 / 3)
    assert found.mean_iou == pytest.approx((1 + 15 / 32 + 16 / 1024) / 3)
