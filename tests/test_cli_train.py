"""`maskwatch train`: its options are fields, its request survives being written down, its mistakes are sentences."""

import json
from pathlib import Path

import pytest

from commands import maskwatch
from maskwatch.cli.train_options import GROUPS, DataAsked, MachineAsked, NetworkAsked, RecipeAsked, RunAsked
from maskwatch.cli.train_request import REQUEST, TrainRequest
from maskwatch.errors import UserError
from training_parts import write_squares


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("squares")
    write_squares(folder, 8)
    return folder


def request_in(folder: Path) -> TrainRequest:
    return TrainRequest(
        DataAsked(data=(folder / "a", folder / "b"), map="x=y"),
        NetworkAsked(weights="watch-nano"),
        RecipeAsked(epochs=3, learning_rate=0.5),
        RunAsked(out=folder),
        MachineAsked(workers=0, cache_gb=0.5),
    )


def test_a_request_survives_being_written_down(tmp_path: Path) -> None:
    request_in(tmp_path).save()
    assert TrainRequest.load(tmp_path) == request_in(tmp_path)


def test_relative_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = request_in(tmp_path)
    TrainRequest(DataAsked(data=(Path("here"),)), NetworkAsked(weights="w.safetensors"), *own_rest(own)).save()
    read = TrainRequest.load(tmp_path)
    assert read.data.data == (tmp_path / "here",)
    assert read.network.weights == str(tmp_path / "w.safetensors")


def own_rest(request: TrainRequest) -> tuple[RecipeAsked, RunAsked, MachineAsked]:
    return request.recipe, request.run, request.machine


def test_a_request_written_before_an_option_existed_takes_its_default(tmp_path: Path) -> None:
    request_in(tmp_path).save()
    record = json.loads((tmp_path / REQUEST).read_text())
    del record["precision"], record["matching"]
    (tmp_path / REQUEST).write_text(json.dumps(record))
    assert TrainRequest.load(tmp_path) == request_in(tmp_path)


@pytest.mark.parametrize("text", ["{}", "[]", '{"data": [], "what": 1}', "{", ""])
def test_what_is_no_request_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / REQUEST).write_text(text)
    with pytest.raises(UserError, match=REQUEST):
        TrainRequest.load(tmp_path)


def test_resuming_changes_what_was_chosen_anew_and_may_change(tmp_path: Path) -> None:
    earlier = request_in(tmp_path)
    asked = TrainRequest(
        DataAsked(), NetworkAsked(), RecipeAsked(epochs=9, batch=99), RunAsked(judge_every=2), MachineAsked()
    )
    resumed = earlier.resumed(asked, {"resume", "epochs", "judge_every", "batch"})
    assert (resumed.recipe.epochs, resumed.run.judge_every) == (9, 2)
    assert (resumed.recipe.batch, resumed.machine.workers) == (None, 0)
    assert resumed.data == earlier.data


def test_help_shows_every_option_under_its_group() -> None:
    text = maskwatch("train", "--help").out
    assert all(f" {title} " in text for title in GROUPS)
    assert all(option in text for option in ("--backgrounds", "--learning-rate", "-o", "--workers", "--model"))


def test_an_option_given_twice_is_two_and_one_left_out_is_none(tmp_path: Path) -> None:
    answer = maskwatch("train", tmp_path / "a", "--val", tmp_path / "b", "--val", tmp_path / "c", "-o", tmp_path / "r")
    assert answer.code == 2
    assert f"{tmp_path / 'a'}" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to train on"),
        (("--resume", "nowhere"), "no run to resume"),
        (("SET", "--model", "resnet60"), "take one of"),
        (("SET", "--weights", "watch-nano", "--p2"), "leave one out"),
        (("SET", "--weights", "watch-nano", "--norm", "group"), "leave one out"),
        (("SET", "--weights", "watch-nano", "--model", "resnet50"), "leave --model out"),
        (("SET", "--freeze-backbone"), "random weights"),
        (("SET", "--model", "resnet18", "--norm", "frozen"), "no statistics to freeze"),
        (("SET", "--batch", "6", "--accumulate", "4"), "take a multiple of 4"),
        (("SET", "--batch", "4", "--accumulate", "4"), "--norm group"),
        (("SET", "--patience", "2"), "--val"),
        (("SET", "--backbone-weights", "imagenet.pth"), "backbone is no ResNet"),
        (("--resume", "nowhere", "--batch", "4"), "leave out batch"),
    ],
)
def test_a_mistake_is_one_sentence(words: tuple[str, ...], said: str, squares: Path, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "run") if "SET" in words else ()
    answer = maskwatch("train", *(squares if word == "SET" else word for word in words), *out)
    assert not (tmp_path / "run").exists()
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.startswith("maskwatch: ")
    assert answer.err.count("\n") == 1
