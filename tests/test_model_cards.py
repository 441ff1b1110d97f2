"""Cards of models: every figure from a file, the same in docs and package, and noticed when it no longer holds."""

import copy
import hashlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evaluation_sets import write_three
from fake_model import write_fake_model
from maskwatch.detection import shipped

ROOT = Path(__file__).parent.parent


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The scripts in `recipes`, as they import each other."""
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    names = ("measurements", "card_tables", "card_words", "card", "measure", "check_models")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return {name: __import__(name) for name in names}


def rates(found: int, false: int, missed: int) -> dict[str, Any]:
    return {
        "found": found,
        "false": false,
        "missed": missed,
        "precision": found / (found + false),
        "recall": found / (found + missed),
        "f1": 2 * found / (2 * found + false + missed),
    }


def figures(ap: float) -> dict[str, Any]:
    """A measurement as `recipes/measure.py` keeps it, all from one number so that two can be told apart."""
    return {
        "pictures": 1498,
        "faces": {"mask": 900, "no_mask": 1702, "incorrect": 0},
        "ap": ap,
        "ap_by_class": {"mask": ap + 0.01, "no_mask": ap - 0.01},
        "by_size": [
            {"size": "< 16 px", "faces": 6, "ap": ap - 0.5, "ap_by_class": {}},
            {"size": "16-32 px", "faces": 0, "ap": None, "ap_by_class": {}},
        ],
        "coco": {"ap": ap - 0.3},
        "shown": {
            "score": 0.42,
            "faces": rates(90, 10, 30),
            "by_class": {"mask": rates(40, 8, 10)},
            "confusion": {
                "rows": ["mask", "no_mask", "incorrect", "invented"],
                "columns": ["mask", "no_mask", "incorrect", "missed"],
                "counts": [[711, 12, 3, 174], [5, 1500, 1, 196], [0, 0, 0, 0], [61, 62, 63, 0]],
            },
            "false_alarms_per_picture": ap / 10,
        },
        "calibration": {"error": ap / 20, "detections": 3333, "bins": [{"detections": 1, "score": 0.9, "right": 1.0}]},
        "backgrounds": {"pictures": 180, "alarms": 7, "per_picture": 0.0389},
        "robustness": [],
        "ms_a_picture": 20.0 / ap,
    }


@pytest.fixture
def record() -> dict[str, Any]:
    keys = {"val": 0.911, "dev": 0.833, "val_half": 0.777, "val_tiles": 0.9, "robust": 0.911}
    measurements = {key: figures(ap) for key, ap in keys.items()}
    measurements["robust"]["robustness"] = [
        {"condition": "blur", "strength": "sigma 1 px of 640", "ap": 0.888, "share": 0.975},
        {"condition": "blur", "strength": "sigma 2 px of 640", "ap": 0.7, "share": None},
    ]
    return {
        "model": {
            "sha256": "0" * 64,
            "bytes": 5_100_000,
            "class_names": ["mask", "no_mask", "incorrect"],
            "preprocessing": {"fit": "long_side", "side_px": 512},
            "default_score": 0.42,
            "default_iou": 0.5,
            "training": {
                "pictures": 5167,
                "boxes": 10780,
                "steps": 10336,
                "calibration": {
                    "data": "train",
                    "listed": ["calibration.sha256"],
                    "pictures": 279,
                    "faces": 560,
                    "shared_line": ["incorrect"],
                    "error_before": 0.088,
                    "error_after": 0.032,
                    "false_alarms": {"rate": 0.2, "pictures": 279, "without_faces": False},
                },
            },
        },
        "measurements": measurements,
        "speed": {
            "pictures": 200,
            "rounds": 3,
            "threads": 2,
            "processor": "Abacus 9",
            "parts_ms": {"decode": 4.0, "resize": 2.0},
            "resize_to_boxes_ms": 17.7,
            "peers": {"AIZOO 360": {"ms": 23.4, "ratio": 0.76, "ratio_range": [0.71, 0.83]}},
        },
        "peers": {
            "pictures": 300,
            "detectors": {
                "AIZOO 360": {
                    "ap": 0.912,
                    "robustness": [{"condition": "blur", "strength": "sigma 1 px of 640", "ap": 0.9, "share": 0.987}],
                }
            },
        },
        "quantised": {
            "bytes": 1_800_000,
            "time": 0.88,
            "ap": 0.9093,
            "ap_before": 0.9111,
            "judged": 1498,
            "shipped": False,
        },
    }


@pytest.mark.parametrize(
    "figure",
    [
        *("**0.911**", "0.921", "0.901", "**0.833**", "**0.777**", "0.611", "0.411 (6)", "- (0)", "0.091 false faces"),
        *("0.800", "0.900", "180 pictures without faces", "0.039 a picture", "1500", "0.046 on val (3,333"),
        *("0.888", "98%", "99% of 0.912", "17.7", "0.76", "0.71 to 0.83", "Abacus 9", "1.8 MB", "0.88", "0.909"),
        *("279 pictures with 560 faces", "calibration.sha256", "0.088 to 0.032", "at most 0.2 false faces", "0.42"),
        *("5.1 MB", "512 px", "5,167 pictures", "300 of these pictures", "1.0 times as long"),
        *("evaluate watch-nano DATA/val", "--listed recipes/splits/dev.sha256", "--side-px 256", "--robust"),
        *("MODEL_LICENSE", "maskwatch train YOUR_PICTURES"),
    ],
)
def test_every_figure_of_the_file_stands_on_the_card(
    recipes: dict[str, ModuleType], record: dict[str, Any], figure: str
) -> None:
    assert figure in recipes["card"].card_of("watch-nano", record)


def test_parts_that_were_not_measured_are_left_out(recipes: dict[str, ModuleType], record: dict[str, Any]) -> None:
    whole = recipes["card"].card_of("watch-nano", record)
    for key in ("speed", "peers", "quantised"):
        del record[key]
    for key in ("dev", "val_half", "val_tiles", "robust"):
        del record["measurements"][key]
    del record["model"]["training"]["calibration"]
    card = recipes["card"].card_of("watch-nano", record)
    for title in ("## Speed", "## Eight bits", "## Tiles", "## When pictures get worse"):
        assert title in whole
        assert title not in card
    assert "not calibrated" in card
    assert "dev," not in card


def test_a_figure_that_does_not_hold_is_named(recipes: dict[str, ModuleType], record: dict[str, Any]) -> None:
    differences = recipes["check_models"].differences
    told = record["measurements"]["val"]
    measured = copy.deepcopy(told)
    assert list(differences(told, measured)) == []
    measured["ap"] += 0.002
    measured["faces"]["mask"] += 3
    measured["ms_a_picture"] *= 3
    measured["calibration"]["bins"] = []
    assert list(differences(told, measured)) == []
    measured["ap_by_class"]["mask"] -= 0.01
    measured["shown"]["confusion"]["counts"][0][0] += 40
    measured["by_size"][1]["ap"] = 0.5
    del measured["calibration"]["error"]
    assert [each.split(":")[0] for each in differences(told, measured)] == [
        "ap_by_class.mask",
        "by_size[1].ap",
        "calibration.error",
        "shown.confusion.counts[0][0]",
    ]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipes: dict[str, ModuleType]) -> Path:
    """A project with one shipped model, a fake, and a set of labelled pictures for val alone."""
    models = tmp_path / "models"
    models.mkdir()
    write_fake_model(models / "watch-nano.onnx")
    total = hashlib.sha256((models / "watch-nano.onnx").read_bytes()).hexdigest()
    (models / "SHA256SUMS").write_text(f"{total}  watch-nano.onnx\n")
    monkeypatch.setattr(shipped, "MODELS_FOLDER", models)
    write_three(tmp_path / "data" / "val")
    (tmp_path / "data" / "no_faces" / "val").mkdir(parents=True)
    (tmp_path / "data" / "no_faces" / "val" / "empty.png").write_bytes((tmp_path / "data/val/one.png").read_bytes())
    for name in ("measure", "check_models", "card"):
        monkeypatch.setattr(recipes[name], "RECORDS", tmp_path)
    for name in ("check_models", "card"):
        monkeypatch.setattr(recipes[name], "PACKAGED", models)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    try:
        module.main()
    except SystemExit as stopped:
        return int(stopped.code or 0) if not isinstance(stopped.code, str) else 1
    return 0


def test_what_is_measured_is_carded_checked_and_a_change_is_noticed(
    shelf: Path, recipes: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The shelf is this process's; `measure` runs another, which gets the file instead of the name.
    known: dict[str, Any] = {}

    def measure(each: Any, model: str, *rest: Any) -> Any:
        if each.key not in known:
            known[each.key] = recipes["measurements"].measure(each, str(shelf / f"models/{model}.onnx"), *rest)
        return copy.deepcopy(known[each.key])

    for name in ("measure", "check_models"):
        monkeypatch.setattr(recipes[name], "measure", measure)
    arguments = ("--data", shelf / "data", "--threads", 1, "--only", "val")
    assert run(monkeypatch, recipes["measure"], "watch-nano", *arguments) == 0
    record = json.loads((shelf / "watch-nano.json").read_text(encoding="utf-8"))
    assert record["measurements"]["val"]["ap"] == 1.0
    assert str(shelf) not in (shelf / "watch-nano.json").read_text(encoding="utf-8")
    check = (recipes["check_models"], "--data", shelf / "data", "--threads", 1)
    assert run(monkeypatch, *check, "--only", "dev") == 1  # there is no card yet
    assert "run recipes/card.py watch-nano" in capsys.readouterr().out
    assert run(monkeypatch, recipes["card"], "watch-nano") == 0
    assert (shelf / "watch-nano.md").read_text() == (shelf / "models" / "watch-nano.md").read_text()
    assert run(monkeypatch, *check) == 0
    out = capsys.readouterr().out
    assert "watch-nano, val: the same" in out
    assert "watch-nano, dev: not checked, no such figures" in out
    assert "as the cards say" in out
    record["measurements"]["val"]["ap"] = 0.9
    record["model"]["sha256"] = "0" * 64
    (shelf / "watch-nano.json").write_text(json.dumps(record))
    assert run(monkeypatch, *check) == 1
    out = capsys.readouterr().out
    assert "val: ap: the card's file says 0.9, measured is 1.0" in out
    assert "not the one that was measured" in out


def test_data_that_is_not_there_is_not_checked(
    shelf: Path,
    recipes: dict[str, ModuleType],
    record: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    record["model"] = recipes["measure"].described("watch-nano")
    (shelf / "watch-nano.json").write_text(json.dumps(record))
    run(monkeypatch, recipes["card"], "watch-nano")
    assert run(monkeypatch, recipes["check_models"], "--data", shelf / "nowhere") == 0
    assert "watch-nano, robust: not checked, no " in capsys.readouterr().out


def test_figures_of_another_file_are_not_kept(
    recipes: dict[str, ModuleType], record: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "watch-nano.json"
    path.write_text(json.dumps(record))
    assert recipes["measure"].earlier(path, {"sha256": "0" * 64}) == record
    assert recipes["measure"].earlier(path, {"sha256": "1" * 64}) == {}


def test_the_cards_in_the_project_are_made_from_their_figures(recipes: dict[str, ModuleType]) -> None:
    for path in (ROOT / "docs" / "models").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        assert list(recipes["check_models"].faults_of_file(path.stem, record)) == []
        assert str(ROOT.parent) not in path.read_text(encoding="utf-8")
