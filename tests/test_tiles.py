"""Large pictures in tiles: every face once, wherever the edges of the tiles fall."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from commands import maskwatch
from fake_model import fake_metadata, rectangle_picture, write_fake_model
from labelled_sets import voc_object, voc_text
from maskwatch.detection.detector import Detector
from maskwatch.detection.tiles import LARGEST_SHRINKING, tiled, views_of
from maskwatch.detections import Detections, make_detections
from maskwatch.pictures.preprocessing import Fit, Preprocessing

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

SIDE = 128
SMALLEST_PX = 8  # of a face as the network below gets to see it
PREPROCESSING = Preprocessing(side_px=SIDE)


def scene(width: int, height: int, faces: Sequence[Box]) -> Pixels:
    """Black with a rectangle of a colour of its own for every face."""
    picture = np.zeros((height, width, 3), np.uint8)
    for number, (x1, y1, x2, y2) in enumerate(faces, start=1):
        picture[y1:y2, x1:x2] = number
    return picture


def see(pictures: Sequence[Pixels]) -> list[Detections]:
    """Finds what is left of every rectangle in the picture given, unless the network would see too little of it."""
    return [_see(picture) for picture in pictures]


def _see(picture: Pixels) -> Detections:
    height, width = picture.shape[:2]
    to_width, to_height = PREPROCESSING.scaled_size(width, height)
    boxes = []
    for number in np.unique(picture[picture > 0]):
        rows, columns = np.nonzero(picture[..., 0] == number)
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        if min((box[2] - box[0]) * to_width / width, (box[3] - box[1]) * to_height / height) >= SMALLEST_PX:
            boxes.append(box)
    count = len(boxes)
    scores = np.full(count, 0.9, np.float32)
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return make_detections(array, scores, np.zeros(count, int), np.tile([0.9, 0.1], (count, 1)), ("mask", "no_mask"))


def found(detections: Detections) -> list[Box]:
    return sorted(tuple(int(edge) for edge in box) for box in detections.xyxy)  # type: ignore[misc]


look = tiled(see, PREPROCESSING, 0.5)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[int, int, list[Box]]:
    """A picture and a few faces in it that do not overlap, each large enough to be seen at the finest."""
    width, height = draw(st.integers(200, 1500)), draw(st.integers(130, 900))
    faces: list[Box] = []
    for _ in range(draw(st.integers(1, 5))):
        side = int(draw(st.floats(0.0, 1.0)) ** 3 * (min(width, height) - 13)) + 13
        x, y = draw(st.integers(0, width - side)), draw(st.integers(0, height - side))
        if all(x + side <= a or c <= x or y + side <= b or d <= y for a, b, c, d in faces):
            faces.append((x, y, x + side, y + side))
    return width, height, faces


@given(scenes())
@settings(max_examples=150, deadline=None)
def test_every_face_is_found_whole_and_once(made: tuple[int, int, list[Box]]) -> None:
    width, height, faces = made
    assert found(look([scene(width, height, faces)])[0]) == sorted(faces)


def test_a_face_on_a_tiles_border_is_found_once_and_only_with_tiles() -> None:
    width, height = 1000, 700
    border = next(view.right for view in views_of(width, height, PREPROCESSING)[1:] if view.right < width)
    face = (border - 8, 300, border + 8, 318)
    picture = scene(width, height, [face])
    assert found(see([picture])[0]) == []
    assert found(look([picture])[0]) == [face]


@given(st.lists(scenes(), min_size=1, max_size=3))
@settings(max_examples=20, deadline=None)
def test_a_batch_gives_what_each_picture_gives_alone(made: list[tuple[int, int, list[Box]]]) -> None:
    pictures = [scene(*each) for each in made]
    together = look(pictures)
    for picture, own in zip(pictures, together, strict=True):
        (alone,) = look([picture])
        np.testing.assert_array_equal(own.xyxy, alone.xyxy)
        np.testing.assert_array_equal(own.data["class_scores"], alone.data["class_scores"])
        assert own.data["class_name"].tolist() == alone.data["class_name"].tolist()


@pytest.mark.parametrize(("width", "height"), [(128, 96), (192, 192), (64, 190), (1, 1)])
def test_a_small_picture_goes_through_untouched(width: int, height: int) -> None:
    seen: list[Pixels] = []

    def remember(pictures: Sequence[Pixels]) -> list[Detections]:
        seen.extend(pictures)
        return see(pictures)

    picture = scene(width, height, [])
    tiled(remember, PREPROCESSING, 0.5)([picture])
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], picture)


def test_nothing_found_in_a_large_picture_has_the_shape_of_detections() -> None:
    nothing = look([scene(900, 600, [])])[0]
    assert nothing.xyxy.shape == (0, 4)
    assert nothing.data["class_scores"].shape == (0, 2)
    assert nothing.data["class_name"].shape == (0,)


def test_no_pictures_are_no_detections() -> None:
    assert look([]) == []


@given(
    st.integers(60, 4000),
    st.integers(60, 4000),
    st.sampled_from(["long_side", "short_side", "letterbox"]),
    st.one_of(st.none(), st.integers(1, 7)),
)
@settings(max_examples=200, deadline=None)
def test_the_tiles_of_every_grid_cover_the_picture_and_overlap(
    width: int, height: int, fit: Fit, count: int | None
) -> None:
    preprocessing = Preprocessing(fit=fit, side_px=320, max_side_px=500)
    whole, *tiles = views_of(width, height, preprocessing, count)
    assert (whole.left, whole.top, whole.right, whole.bottom) == (0, 0, width, height)
    for side in {tile.right - tile.left for tile in tiles} if width >= height else set():
        grid = [tile for tile in tiles if tile.right - tile.left == side]
        lefts = sorted({tile.left for tile in grid})
        tops = sorted({tile.top for tile in grid})
        assert lefts[0] == tops[0] == 0
        assert max(tile.right for tile in grid) == width
        assert max(tile.bottom for tile in grid) == height
        assert all(b - a <= 0.75 * side + 1 for a, b in zip(lefts, lefts[1:], strict=False))
        assert all(b - a <= 0.75 * side + 1 for a, b in zip(tops, tops[1:], strict=False))
        assert len(grid) == len(lefts) * len(tops)
    if count is None:
        finest = (tiles or [whole])[-1]
        scaled = preprocessing.scaled_size(finest.right - finest.left, finest.bottom - finest.top)
        assert (finest.right - finest.left) / scaled[0] <= LARGEST_SHRINKING * 1.02


@pytest.mark.parametrize(("count", "columns"), [(1, []), (2, [2]), (3, [2, 3]), (5, [2, 3, 5])])
def test_a_number_of_tiles_is_that_of_the_finest_grid(count: int, columns: list[int]) -> None:
    _, *tiles = views_of(1000, 400, PREPROCESSING, count)
    sides = sorted({tile.right - tile.left for tile in tiles}, reverse=True)
    assert [len({tile.left for tile in tiles if tile.right - tile.left == side}) for side in sides] == columns


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_fake_model(tmp_path / "fake.onnx", fake_metadata(preprocessing=Preprocessing(side_px=64)))


FACE = (305, 205, 317, 217)  # no pixel of a tenth of the picture has more than half of its light


def write_large(folder: Path) -> Path:
    """A large picture with one face that is nothing once it is shrunk, labelled."""
    folder.mkdir()
    Image.fromarray(rectangle_picture(640, 480, mask=FACE)).save(folder / "one.png")
    text = voc_text("one.png", voc_object(("mask", *FACE)), (640, 480))
    (folder / "one.xml").write_text(text, encoding="utf-8")
    return folder


def test_the_detector_itself_finds_more_in_tiles(model: Path) -> None:
    detector = Detector(model)
    picture = rectangle_picture(640, 480, mask=FACE)
    plain = detector.detect(picture)
    assert len(plain) == 0
    fine = tiled(detector.detect_batch, detector.metadata.preprocessing, detector.iou)([picture])[0]
    np.testing.assert_allclose(fine.xyxy, [FACE], atol=1.5)


def test_detect_and_evaluate_take_tiles(model: Path, tmp_path: Path) -> None:
    folder = write_large(tmp_path / "data")
    code, out, err = maskwatch("detect", folder / "one.png", "--model", model, "--tiles", "auto", "--csv")
    assert code == 0, err
    assert len(out.splitlines()) == 2
    for tiles, ap in (("auto", "1.000"), ("8", "1.000")):
        code, out, err = maskwatch("evaluate", model, folder, "--tiles", tiles, "--no-coco")
        assert code == 0, err
        assert f"tiles {tiles}" in out
        assert ap in out
    code, out, _ = maskwatch("evaluate", model, folder, "--no-coco")
    assert "1.000" not in out


@pytest.mark.parametrize("word", ["0", "-1", "many", "2.5", "65", ""])
def test_another_word_is_refused(model: Path, tmp_path: Path, word: str) -> None:
    folder = write_large(tmp_path / "data")
    for command in (
        ("detect", folder, "--model", model, f"--tiles={word}"),
        ("evaluate", model, folder, f"--tiles={word}"),
    ):
        code, _, err = maskwatch(*command)
        assert code == 2
        assert f"--tiles {word}: it is auto, or a number from 1 to 64" in err


def test_predictions_have_no_tiles(tmp_path: Path) -> None:
    code, _, err = maskwatch("evaluate", tmp_path, "--predictions", tmp_path / "x.jsonl", "--tiles", "auto")
    assert code == 2
    assert "give a MODEL" in err
