"""Networks to files and back; whatever else a file may be is one sentence."""

import json
import pickle
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from maskwatch.errors import UserError
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.checkpoint import METADATA_KEY, RunTensors
from training_parts import TINY, random_pixels, tiny_checkpoint

FILE = "best.safetensors"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    tiny_checkpoint().save(path)
    return path


def test_a_checkpoint_comes_back_to_the_bit(file: Path) -> None:
    before, after = tiny_checkpoint(), checkpoints.load(file)
    assert replace(after, weights={}) == replace(before, weights={})
    assert after.weights.keys() == before.weights.keys()
    for name, tensor in before.weights.items():
        assert after.weights[name].dtype == tensor.dtype
        assert torch.equal(after.weights[name], tensor), name


def test_the_network_built_from_a_file_answers_as_before(file: Path) -> None:
    network = checkpoints.load(file).build()
    assert not network.training
    pixels = random_pixels(1, 64, 64)
    with torch.inference_mode():
        for one, other in zip(network(pixels), tiny_checkpoint().build()(pixels), strict=True):
            assert torch.equal(one, other)


def test_half_a_checkpoint_is_half_the_bytes_and_nearly_the_same_network(file: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.safetensors"
    tiny_checkpoint().save(small, half=True)
    assert small.stat().st_size < 0.75 * file.stat().st_size  # a tiny network's record is half the file
    halved, whole = checkpoints.load(small), tiny_checkpoint()
    for name, tensor in halved.weights.items():
        assert tensor.dtype == whole.weights[name].dtype
        torch.testing.assert_close(tensor, whole.weights[name], rtol=1e-3, atol=1e-6)


def test_a_number_too_large_for_half_precision_stays_whole(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint()
    checkpoint.weights["backbone.stem_norm.running_var"][0] = 1e5
    checkpoint.save(tmp_path / FILE, half=True)
    loaded = checkpoints.load(tmp_path / FILE).weights
    assert loaded["backbone.stem_norm.running_var"][0] == 1e5


def test_a_full_disk_is_an_os_error_and_leaves_what_was_there(file: Path) -> None:
    before = file.read_bytes()
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, largest[1]))  # as on a full disk, with another errno
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            tiny_checkpoint(seed=1).save(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, largest)
    assert caught.value.filename == str(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_runs_own_tensors_are_beside_the_model_not_in_it(tmp_path: Path) -> None:
    run = RunTensors({"network/x": torch.ones(3), "exp_avg/y": torch.zeros(2)}, {"step": 7})
    tiny_checkpoint().save(tmp_path / FILE, run=run)
    model = checkpoints.load(tmp_path / FILE)
    assert model.weights.keys() == tiny_checkpoint().weights.keys()
    again, restored = checkpoints.load_run(tmp_path / FILE)
    assert restored.record == {"step": 7}
    assert {name: tensor.tolist() for name, tensor in restored.tensors.items()} == {
        "network/x": [1, 1, 1],
        "exp_avg/y": [0, 0],
    }
    assert again.weights.keys() == model.weights.keys()


def test_a_finished_model_is_no_run_to_resume(file: Path) -> None:
    with pytest.raises(UserError, match=r"finished model.*--weights"):
        checkpoints.load_run(file)


def changed(path: Path, change: Callable[[dict[str, Any], dict[str, torch.Tensor]], None]) -> None:
    """Write the file again with another record or other tensors."""
    with safe_open(path, "pt") as opened:
        record = json.loads(opened.metadata()[METADATA_KEY])
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    change(record, tensors)
    save_file(tensors, path, {METADATA_KEY: json.dumps(record)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record, tensors: record.update(format=99), "not a maskwatch checkpoint of format 1"),
        (lambda record, tensors: record.pop("class_names"), "'class_names'"),
        (lambda record, tensors: record.update(class_names=5), "its record"),
        (lambda record, tensors: record.update(network=[1, 2]), "its record"),
        (lambda record, tensors: record["network"].pop("backbone"), "'backbone'"),
        (lambda record, tensors: record["network"].update(colour="red"), "colour"),
        (lambda record, tensors: record["network"]["anchors"].update(sizes=[1, 2]), "its record"),
        (lambda record, tensors: record["network"].update(backbone={"resnet": {"depth": 19}}), "19"),
        (lambda record, tensors: record["class_names"].append("blue"), "class_subnet.last.weight is missing or not"),
        (lambda record, tensors: tensors.pop("backbone.stem.weight"), "backbone.stem.weight is missing or not"),
        (lambda record, tensors: tensors.update({"backbone.stem.weight": torch.ones(2)}), "of shape (8, 3, 3, 3)"),
        (lambda record, tensors: tensors.update({"extra.weight": torch.ones(2)}), "has a tensor extra.weight"),
    ],
)
def test_a_record_and_tensors_that_do_not_belong_together_are_named(
    file: Path, change: Callable[[dict[str, Any], dict[str, torch.Tensor]], None], message: str
) -> None:
    changed(file, change)
    with pytest.raises(UserError) as caught:
        checkpoints.load(file)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)


def write_truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return exec, ("raise SystemExit('code was run')",)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("not a model"),
        lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 500),
        lambda path: path.write_bytes(b"\xff" * 8 + b"{}"),  # a header of 18 exabytes
        lambda path: path.write_bytes(pickle.dumps(Bomb())),
        lambda path: torch.save({"weights": torch.ones(2)}, path),
        lambda path: save_file({"weight": torch.ones(2)}, path),
        lambda path: save_file({"weight": torch.ones(2)}, path, {METADATA_KEY: "{"}),
        lambda path: save_file({"weight": torch.ones(2)}, path, {METADATA_KEY: "[1]"}),
        lambda path: path.unlink(),
        write_truncated,
    ],
    ids=["empty", "text", "picture", "header", "pickle", "pt", "other", "broken", "list", "missing", "truncated"],
)
def test_a_file_that_is_something_else_is_one_sentence(file: Path, write: Callable[[Path], object]) -> None:
    write(file)
    for load in (checkpoints.load, checkpoints.load_run):
        with pytest.raises(UserError) as caught:
            load(file)
        assert str(caught.value).startswith(f"{file}: ")
        assert "\n" not in str(caught.value)


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such checkpoint"):
        checkpoints.load(tmp_path)


def test_class_names_may_be_of_any_script(tmp_path: Path) -> None:
    names = ("mit Maske", "口罩", 'a "quoted" name')
    tiny_checkpoint(TINY, names).save(tmp_path / FILE)
    assert checkpoints.load(tmp_path / FILE).class_names == names
