"""Detections made elsewhere, judged by the same code."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commands import Outcome, maskwatch
from evaluation_sets import BARE, MASK, SECOND, label, write_three
from fake_model import write_fake_model
from maskwatch.data.reading import require_samples

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def judge(data: Path, *arguments: object) -> Outcome:
    return maskwatch("evaluate", data, "--predictions", *arguments)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_three(tmp_path / "data")


NATIVE = [
    {"image": "one.png", "width": 64, "height": 48, "detections": [
        {"label": "with_mask", "score": 0.9, "box": MASK}, {"label": "bare", "score": 0.8, "box": BARE}]},
    {"image": "two.png", "detections": [{"label": "bare", "score": 0.7, "box": MASK}]},
    {"image": "three.png", "detections": []},
]  # fmt: skip
PARALLEL = [
    {
        "path": "/elsewhere/one.png",
        "boxes": [MASK, BARE],
        "scores": [0.9, 0.8],
        "labels": ["with_mask", "bare"],
        "ms": 3.2,
    },
    {"path": "/elsewhere/two.png", "boxes": [MASK], "scores": [0.7], "labels": ["bare"]},
    {"path": "/elsewhere/three.png", "error": "unreadable", "boxes": [], "scores": [], "labels": []},
]


def write_lines(file: Path, records: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return file


@pytest.mark.parametrize("records", [NATIVE, PARALLEL], ids=["detect --jsonl", "parallel lists"])
def test_detections_made_elsewhere_are_judged_by_the_same_code(
    data: Path, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    file = write_lines(tmp_path / "peer.jsonl", records)
    code, out, _ = judge(data, file, "--map", "with_mask=mask,bare=no_mask", "--json", "-")
    record = json.loads(out)
    assert code == 0
    assert record["model"] == "peer.jsonl"
    assert record["ap_by_class"] == {"mask": 0.5, "no_mask": 0.5}
    assert record["shown"]["confusion"]["counts"] == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_what_detect_writes_gives_the_figures_of_the_model_itself(data: Path, tmp_path: Path) -> None:
    label(data, "two", mask=SECOND)
    model = write_fake_model(tmp_path / "fake.onnx")
    written = maskwatch("detect", data, "--model", model, "--score", 0.02, "--jsonl")
    (tmp_path / "found.jsonl").write_text(written.out, encoding="utf-8")
    _, out, _ = judge(data, tmp_path / "found.jsonl", "--json", "-")
    _, expected, _ = maskwatch("evaluate", model, data, "--only", "mask,no_mask", "--json", "-")
    for key in ("ap", "ap_by_class", "coco", "by_size", "shown"):
        assert json.loads(out)[key] == json.loads(expected)[key], key


def test_a_class_that_no_prediction_names_can_be_asked_for(data: Path, tmp_path: Path) -> None:
    found = [{"label": "mask", "score": 0.9, "box": MASK}]
    records = [
        {"image": name, "detections": found if name != "three.png" else []}
        for name in ("one.png", "two.png", "three.png")
    ]
    file = write_lines(tmp_path / "peer.jsonl", records)
    _, out, _ = judge(data, file, "--json", "-")
    assert (json.loads(out)["ap"], json.loads(out)["lacking"]) == (1.0, {"no_mask": 2})
    _, out, _ = judge(data, file, "--only", "mask,no_mask", "--json", "-")
    assert json.loads(out)["ap_by_class"] == {"mask": 1.0, "no_mask": 0.0}


def test_predictions_are_of_whole_paths_first_and_of_unique_names_then(data: Path, tmp_path: Path) -> None:
    whole = {"image": str(data / "one.png"), "detections": [{"label": "mask", "score": 0.9, "box": MASK}]}
    other = {"image": "/elsewhere/one.png", "detections": []}
    rest = [{"image": name, "detections": []} for name in ("two.png", "three.png")]
    file = tmp_path / "peer.jsonl"
    _, out, _ = judge(data, write_lines(file, [other, whole, *rest]), "--json", "-")
    assert json.loads(out)["shown"]["by_class"]["mask"]["found"] == 1
    third = {"image": "/third/one.png", "detections": []}
    code, _, err = judge(data, write_lines(file, [other, third, *rest]))
    assert code == 2
    assert "has no line for" in err


def test_one_line_is_never_taken_for_two_pictures_of_one_name(data: Path, tmp_path: Path) -> None:
    write_three(data / "again")
    records = [{"image": name, "detections": []} for name in ("one.png", "two.png", "three.png")]
    code, _, err = judge(data, write_lines(tmp_path / "peer.jsonl", records))
    assert code == 2
    assert "has no line for 6 of the 6" in err


def test_a_line_separator_inside_a_name_is_no_end_of_line(data: Path, tmp_path: Path) -> None:
    records = [{"image": name, "detections": []} for name in ("one.png", "two.png", "three.png", "a\u2028b.png")]
    file = tmp_path / "peer.jsonl"
    file.write_text("\r\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    code, _, err = judge(data, file, "--only", "mask")
    assert (code, err) == (0, "")


BOX = '{"label": "mask", "score": 1, "box": [1, 2, 3, 4]}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line"),
        ("no json\n", "peer.jsonl:1: is no line of"),
        ("[]\n", "peer.jsonl:1: is no line of"),
        (f'{{"image": "one.png", "detections": [{BOX.replace(", 3, 4", "")}]}}\n', "peer.jsonl:1: is no line"),
        (f'{{"image": "one.png", "detections": [{BOX.replace("3", "NaN")}]}}\n', "not a finite number"),
        ('{"path": "a.png", "boxes": [[1, 2, 3, 4]], "scores": [], "labels": ["mask"]}\n', "peer.jsonl:1: is no line"),
        ('\n{"image": "v.mp4", "frame": 3, "time_s": 0.1, "detections": []}\n', "peer.jsonl:2: is of a video"),
        ('{"image": "one.png", "detections": []}\n' * 2, "peer.jsonl:2: one.png has a line before"),
        (f'{{"image": "one.png", "detections": [{BOX}]}}\n', "has no line for 2 of the 3"),
        ("\xff\xfe", "is not UTF-8"),
    ],
)  # fmt: skip
def test_broken_predictions_are_refused_with_file_and_line(data: Path, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "peer.jsonl"
    file.write_bytes(text.encode("latin-1"))
    code, _, err = judge(data, file)
    assert code == 2
    assert message in err


def test_predictions_cannot_look_again_at_worse_pictures(data: Path, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "peer.jsonl", NATIVE)
    code, _, err = judge(data, file, "--map", "with_mask=mask,bare=no_mask", "--robust")
    assert code == 2
    assert "--robust" in err


def test_the_shared_validation_set_gives_the_ap_known_of_a_perfect_detector(tmp_path: Path) -> None:
    if not (SHARED / "val").is_dir():
        pytest.skip("the labelled pictures are not here")
    samples = require_samples(SHARED / "val")
    records = [
        {
            "path": str(each.picture),
            "boxes": each.boxes.tolist(),
            "scores": [1.0] * len(each.labels),
            "labels": list(each.labels),
        }
        for each in samples
    ]
    _, out, _ = judge(SHARED / "val", write_lines(tmp_path / "truth.jsonl", records), "--json", "-")
    record = json.loads(out)
    assert record["ap"] == 1.0
    assert (record["pictures"], sum(record["faces"].values())) == (1498, 2602)
    assert np.allclose([each["ap"] for each in record["by_size"]], 1.0)
