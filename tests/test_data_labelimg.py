"""The real labelImg 1.8.6 opens what is written here, and what it saves is read as it was drawn."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from labelled_sets import FACE, OTHER_FACE, SIZE, write_picture
from maskwatch.data.reading import read_samples
from maskwatch.data.samples import Sample
from maskwatch.data.writing.sets import write_samples
from real_labelimg import labelimg
from written_sets import sample_of, samples_of, sets

pytestmark = pytest.mark.slow

SUFFIX = {"voc": ".xml", "yolo": ".txt", "createml": ".json"}


def shapes_of(sample: Sample) -> list[list[Any]]:
    """As labelImg tells them: label, edges, difficult."""
    boxes = zip(sample.labels, sample.boxes.tolist(), sample.difficult.tolist(), strict=True)
    return [[label, *edges, difficult] for label, edges, difficult in boxes]


def opened(samples: list[Sample], format: str) -> list[dict[str, Any]]:
    """What labelImg shows of samples whose annotations lie beside their pictures."""
    jobs = [["read", format, sample.picture.with_suffix(SUFFIX[format]), sample.picture] for sample in samples]
    return labelimg(jobs)


@pytest.mark.parametrize("format", SUFFIX)
@settings(max_examples=3, deadline=None)
@given(drawn=sets(flags=True))
def test_labelimg_opens_what_is_written(format: str, drawn: dict) -> None:
    with TemporaryDirectory() as place:
        written = write_samples(samples_of(Path(place, "in"), drawn), Path(place, "out"), format=format)
        for sample, shown in zip(written, opened(written, format), strict=True):
            wanted = shapes_of(sample)
            if format == "voc":
                assert (shown["shapes"], shown["verified"]) == (wanted, sample.verified)
            else:  # YOLO has neither mark; its CreateML reader calls every box difficult and every file verified
                assert [shape[:5] for shape in shown["shapes"]] == [shape[:5] for shape in wanted]


def test_labelimg_cuts_fractions_off_voc_and_keeps_them_in_createml(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "a.png", ("mask", 10.4, 0.9, 30.6, 20.25))
    write_samples([sample], tmp_path, format="voc")
    write_samples([sample], tmp_path, format="createml")
    assert opened([sample], "voc")[0]["shapes"] == [["mask", 10, 0, 30, 20, False]]
    shown = opened([sample], "createml")[0]["shapes"][0]
    assert shown[1:5] == pytest.approx([10.4, 0.9, 30.6, 20.25])


@pytest.mark.parametrize("format", SUFFIX)
def test_what_labelimg_saves_is_read_as_it_was_drawn(tmp_path: Path, format: str) -> None:
    pictures = [write_picture(tmp_path / f"{name}.png") for name in ("über 1", "b", "empty")]
    drawn = [
        [[*FACE, False], ["worn wrongly", 1, 1, SIZE[0], SIZE[1], True]],
        [[*OTHER_FACE, True], ["面具", 5, 6, 7, 9, False]],
        [],
    ]
    jobs = [
        ["write", format, picture.with_suffix(SUFFIX[format]), picture, shapes, picture.stem == "b"]
        for picture, shapes in zip(pictures, drawn, strict=True)
    ]
    labelimg(jobs)
    result = read_samples(tmp_path)
    read = {sample.picture: sample for sample in result.samples}
    assert (result.format, result.faults) == (format, [])
    for picture, shapes in zip(pictures, drawn, strict=True):
        sample = read[picture]
        if format == "voc":
            assert (shapes_of(sample), sample.verified) == (shapes, picture.stem == "b")
        else:
            assert [shape[:5] for shape in shapes_of(sample)] == [shape[:5] for shape in shapes]
            assert not sample.difficult.any()


@pytest.mark.parametrize("format", SUFFIX)
def test_what_labelimg_saves_of_a_turned_picture_lies_in_the_turned_frame(tmp_path: Path, format: str) -> None:
    picture = write_picture(tmp_path / "a.jpg", size=(64, 48), orientation=6)
    labelimg([["write", format, picture.with_suffix(SUFFIX[format]), picture, [["mask", 8, 10, 40, 60, False]], False]])
    result = read_samples(tmp_path)
    assert result.faults == []
    assert (result.samples[0].width, result.samples[0].height) == (48, 64)
    assert result.samples[0].boxes.tolist() == [[8, 10, 40, 60]]


@pytest.mark.parametrize("format", SUFFIX)
def test_saving_again_in_labelimg_what_was_written_changes_no_whole_pixel(tmp_path: Path, format: str) -> None:
    sample = sample_of(tmp_path / "a.png", FACE, ("no_mask", 1, 1, 64, 48))
    write_samples([sample], tmp_path, format=format)
    annotation = sample.picture.with_suffix(SUFFIX[format])
    (shown,) = opened([sample], format)
    (tmp_path / "again").mkdir()
    again = write_picture(tmp_path / "again" / "a.png")
    labelimg([["write", format, tmp_path / "again" / annotation.name, again, shown["shapes"], False]])
    (read,) = read_samples(tmp_path / "again").samples
    assert [shape[:5] for shape in shapes_of(read)] == [shape[:5] for shape in shapes_of(sample)]
