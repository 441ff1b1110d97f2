"""`maskwatch evaluate`: what it prints, writes and refuses."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from commands import Outcome, maskwatch
from evaluation_sets import MASK, SECOND, SIZE, label, write_labelled, write_three
from fake_model import fake_metadata, rectangle_picture, write_fake_model


def evaluate(*arguments: object) -> Outcome:
    return maskwatch("evaluate", *arguments)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_three(tmp_path / "data")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_fake_model(tmp_path / "fake.onnx")


def without_mask_in_two(data: Path) -> None:
    """The model's mask in picture two becomes a face that nobody labelled, and another is missed."""
    label(data, "two", mask=SECOND)


def test_a_model_that_finds_everything_has_ap_one(model: Path, data: Path, tmp_path: Path) -> None:
    code, out, _ = evaluate(model, data, "--json", tmp_path / "figures.json")
    assert code == 0
    record = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert record["ap"] == 1.0
    assert record["ap_by_class"] == {"mask": 1.0, "no_mask": 1.0}
    assert record["coco"]["ap50"] == pytest.approx(1.0)
    assert record["faces"] == {"mask": 2, "no_mask": 2, "incorrect": 0}
    assert record["model"] == "fake"
    assert record["ms_a_picture"] > 0
    assert "3 pictures, 4 faces" in out
    assert "No face of incorrect in the data" in out


def test_misses_and_inventions_are_in_the_figures(model: Path, data: Path) -> None:
    without_mask_in_two(data)
    code, out, err = evaluate(model, data, "--json", "-")
    record: dict[str, Any] = json.loads(out)
    shown = record["shown"]
    assert code == 0
    assert shown["score"] == 0.5
    assert shown["by_class"]["mask"] == {
        "found": 1,
        "false": 1,
        "missed": 1,
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
    }
    assert shown["confusion"]["rows"] == ["mask", "no_mask", "incorrect", "invented"]
    assert shown["confusion"]["counts"] == [[1, 0, 0, 1], [0, 2, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert shown["false_alarms_per_picture"] == pytest.approx(1 / 3)
    assert record["ap_by_class"]["mask"] == pytest.approx(0.25)  # both scores are equal, so they stand together
    assert "3 pictures" in err


def test_names_that_share_nothing_are_refused_and_map_makes_them_fit(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    write_labelled(folder, "one", mask=MASK)
    file = folder / "one.xml"
    file.write_text(file.read_text().replace("<name>mask", "<name>with_mask"))
    code, out, err = evaluate(model, folder)
    assert (code, out) == (2, "")
    assert all(part in err for part in ("with_mask", "mask, no_mask, incorrect", "--map"))
    code, out, _ = evaluate(model, folder, "--map", "with_mask=mask", "--json", "-")
    assert code == 0
    assert json.loads(out)["ap"] == 1.0


def test_false_alarms_are_counted_in_a_folder_of_backgrounds(model: Path, data: Path, tmp_path: Path) -> None:
    empty = tmp_path / "no_faces"
    (empty / "deep").mkdir(parents=True)
    Image.fromarray(rectangle_picture(*SIZE)).save(empty / "a.png")
    Image.fromarray(rectangle_picture(*SIZE, mask=MASK)).save(empty / "deep" / "b.png")
    code, out, _ = evaluate(model, data, "--backgrounds", empty, "--json", "-")
    assert code == 0
    found = json.loads(out)["backgrounds"]
    assert (found["pictures"], found["alarms"], found["per_picture"]) == (2, 1, 0.5)
    assert list(found["by_picture"]) == [str(empty / "deep" / "b.png")]


def test_a_score_above_every_detection_finds_nothing_but_leaves_the_ap(model: Path, data: Path) -> None:
    _, out, _ = evaluate(model, data, "--score", 0.99, "--json", "-")
    record = json.loads(out)
    assert record["shown"]["faces"]["recall"] == 0
    assert record["shown"]["faces"]["precision"] is None
    assert record["ap"] == 1.0


def test_another_side_gives_the_network_other_pixels(model: Path, data: Path) -> None:
    _, out, _ = evaluate(model, data, "--side-px", 32, "--json", "-")
    assert json.loads(out)["input"] == "long side 32 px"
    _, out, _ = evaluate(model, data, "--json", "-")
    assert json.loads(out)["input"] == "long side 64 px"


def test_brackets_in_names_are_printed_as_they_are(data: Path, tmp_path: Path) -> None:
    model = write_fake_model(tmp_path / "fake.onnx", fake_metadata("[/red] [bold]x"))
    code, out, _ = evaluate(model, data)
    assert code == 0
    assert "[/red] [bold]x" in out


def test_only_some_classes_can_be_judged(model: Path, data: Path) -> None:
    without_mask_in_two(data)
    _, out, _ = evaluate(model, data, "--only", "no_mask", "--json", "-")
    record = json.loads(out)
    assert record["ap_by_class"] == {"no_mask": 1.0}
    assert record["lacking"] == {"mask": 2}
    assert record["shown"]["confusion"]["counts"] == [[2, 0, 0], [0, 0, 2], [0, 0, 0]]


def test_only_listed_pictures_are_judged(model: Path, data: Path, tmp_path: Path) -> None:
    sums = tmp_path / "dev.txt"
    sums.write_text(hashlib.sha256((data / "one.png").read_bytes()).hexdigest() + "\n")
    _, out, _ = evaluate(model, data, "--listed", sums, "--json", "-")
    assert json.loads(out)["pictures"] == 1
    sums.write_text("0" * 64 + "\n")
    code, _, err = evaluate(model, data, "--listed", sums)
    assert code == 2
    assert "none of the 3 pictures" in err


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_batches_change_no_figure(model: Path, data: Path, batch: int) -> None:
    without_mask_in_two(data)
    _, out, _ = evaluate(model, data, "--batch", batch, "--json", "-")
    assert json.loads(out)["ap"] == pytest.approx(0.625)


def test_keras_retinanets_rule_is_named_where_it_is_used(model: Path, data: Path) -> None:
    _, out, err = evaluate(model, data, "--rule", "keras-retinanet", "--json", "-")
    # It looks at scores above .05: from the next number on.
    assert 0.05 < json.loads(out)["rule"]["minimum_score"] == pytest.approx(0.05, abs=1e-8)
    assert "keras-retinanet" in err


def test_robust_gives_the_share_kept_under_every_condition(model: Path, data: Path) -> None:
    code, out, err = evaluate(model, data, "--robust", "--batch", 4, "--json", "-")
    kept = json.loads(out)["robustness"]
    assert code == 0
    assert len(kept) == 22
    assert {each["condition"]: each["share"] for each in kept if each["strength"] == "6 stops"} == {"darkness": 0.0}
    assert {each["share"] for each in kept if each["strength"] == "sigma 15 of 255"} == {1.0}
    assert "partial cover" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{model}", "{data}", "{data}"], "evaluate takes MODEL and DATA; got 3"),
        (["{model}", "{data}", "--predictions", "{data}/one.xml"], "DATA alone"),
        (["{model}", "{data}", "--rule", "voc2007"], "--rule voc2007"),
        (["{model}", "{data}", "--score", "0.01"], "--score 0.01"),
        (["{model}", "{data}", "--only", "visor"], "--only visor"),
        (["{model}", "{data}", "--json", "{data}"], "a folder; name a file"),
        (["{model}", "{data}", "--backgrounds", "{empty}"], "there is no picture in it"),
        (["{model}", "{data}/nowhere"], "no such file or folder"),
        (["{empty}/none.onnx", "{data}"], "no such model file"),
        (["{data}/one.png", "{data}"], "one.png"),
        (["{data}", "--predictions", "{empty}/none.jsonl"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    model: Path, data: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"model": model, "data": data, "empty": tmp_path / "empty"}
    code, out, err = evaluate(*[each.format(**places) for each in arguments])
    assert code == 2
    assert out == ""
    assert err.startswith("maskwatch: ")
    assert message in err


def test_a_broken_picture_ends_it_and_no_file_is_written(model: Path, data: Path, tmp_path: Path) -> None:
    (data / "two.png").write_bytes((data / "two.png").read_bytes()[:60])
    code, _, err = evaluate(model, data, "--json", tmp_path / "figures.json")
    assert code == 2
    assert "two.png" in err
    assert not (tmp_path / "figures.json").exists()


def test_without_faster_coco_eval_it_says_what_to_install_or_leave_out(
    model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    code, _, err = evaluate(model, data)
    assert code == 2
    assert "pip install 'maskwatch[train]'" in err
    code, out, _ = evaluate(model, data, "--no-coco", "--json", "-")
    assert code == 0
    assert json.loads(out)["coco"] is None


def test_a_training_checkpoint_is_measured_without_export(data: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from maskwatch.pictures.preprocessing import Preprocessing
    from maskwatch.retinanet.checkpoint import Checkpoint
    from maskwatch.retinanet.network import RetinaNet
    from maskwatch.retinanet.variants import VARIANTS

    torch.manual_seed(0)
    settings = VARIANTS["watch-nano"]
    network = RetinaNet(settings, 2)
    preprocessing = Preprocessing(side_px=64).to_record()
    path = tmp_path / "best.safetensors"
    Checkpoint(settings, ("mask", "no_mask"), preprocessing, network.state_dict()).save(path)
    code, out, _ = evaluate(path, data, "--json", "-")
    record = json.loads(out)
    assert code == 0
    assert record["class_names"] == ["mask", "no_mask"]
    assert 0 <= record["ap"] < 0.5
    code, _, err = evaluate(path, data, "--device", "openvino")
    assert code == 2
    assert "export it first" in err
