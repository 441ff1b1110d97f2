"""Training learns, and a run that was killed is the run that was not."""

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from maskwatch.data.samples import Sample
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.variants import with_norm
from maskwatch.training.judging import make_judge
from maskwatch.training.loader import Batch, load_batches
from maskwatch.training.loop import BEST, LAST, LOG, Plan, train
from maskwatch.training.sampler import EpochSampler
from maskwatch.training.settings import TrainingSettings
from maskwatch.training.start import new_network, new_run
from maskwatch.training.state import RunState, read_run
from training_parts import NAMES, TINY, TINY_ANCHORS, tiny_recipe, write_squares

# Python 3.12 and later warn of every fork with threads about.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")

CPU = torch.device("cpu")
PREPROCESSING = Preprocessing(side_px=96)
TEMPLATE = Checkpoint(TINY, NAMES, PREPROCESSING.to_record(), {}, {"model": "tiny"})


class Killed(Exception):
    """Stands for `kill -9` after a step."""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return write_squares(tmp_path_factory.mktemp("squares"), 10)


def plan_for(folder: Path, samples: list[Sample], settings: TrainingSettings, **changes: object) -> Plan:
    steps = EpochSampler(samples, settings).steps_per_epoch
    plan = Plan(folder, settings, TEMPLATE, steps, None, save_every_s=0.0)
    return replace(plan, **changes)  # type: ignore[arg-type]


def begin(settings: TrainingSettings) -> RunState:
    return new_run(new_network(TINY, len(NAMES), settings.seed, CPU), settings)


def go_on(plan: Plan, samples: list[Sample], workers: int = 0) -> RunState:
    """Train to the end from what is in the folder, as the command does."""
    state = begin(plan.settings)
    if (plan.folder / LAST).exists():
        read_run(plan.folder / LAST).restore(state)
    train(plan, state, batches_from(plan, samples, state.step, workers))
    return state


def batches_from(plan: Plan, samples: list[Sample], step: int, workers: int = 0) -> Iterator[Batch]:
    return load_batches(samples, NAMES, TINY_ANCHORS, plan.settings, step, workers, 10**7)


def killed_at(step: int) -> Callable[[RunState], None]:
    def kill(state: RunState) -> None:
        if state.step == step:
            raise Killed

    return kill


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / LOG).open(newline="") as file:
        return list(csv.DictReader(file))


def arithmetic(folder: Path) -> list[tuple[str, ...]]:
    """What of the log depends on no clock."""
    names = ("epoch", "step", "learning_rate", "class_loss", "box_loss", "ap")
    return [tuple(row[name] for name in names) for row in rows_of(folder)]


def falling_judge(values: list[float]) -> Callable[[RetinaNet], float]:
    """Gives these APs in turn."""
    return lambda network: values.pop(0)


def middle_judge(network: RetinaNet) -> float:
    """An AP that is a function of the weights, as a true one is."""
    assert network.class_subnet.last.bias is not None
    return float(network.class_subnet.last.bias.abs().mean())


@pytest.fixture(scope="module")
def undisturbed(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of 3 epochs of 3 steps that nobody killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    go_on(plan_for(folder, samples, tiny_recipe(3), judge=middle_judge, judge_every=2), samples)
    return folder


def assert_same_run(folder: Path, other: Path) -> None:
    for name in (BEST, LAST):
        tensors, others = load_file(folder / name), load_file(other / name)
        assert tensors.keys() == others.keys()
        for key, tensor in tensors.items():
            assert torch.equal(tensor, others[key]), f"{name}: {key}"
    assert arithmetic(folder) == arithmetic(other)


@pytest.mark.parametrize(
    ("step", "save_every_s"),
    [*((step, 0.0) for step in range(1, 10)), *((step, 1e9) for step in (1, 3, 4, 8, 9))],
)
def test_a_run_killed_at_any_step_ends_as_if_it_had_not_been(
    samples: list[Sample], tmp_path: Path, undisturbed: Path, step: int, save_every_s: float
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(3), judge=middle_judge, judge_every=2, save_every_s=save_every_s)
    with pytest.raises(Killed):
        go_on(replace(plan, on_step=killed_at(step)), samples)
    go_on(plan, samples)
    assert_same_run(tmp_path, undisturbed)


def test_a_run_killed_again_and_again_with_loader_processes_ends_the_same(
    samples: list[Sample], tmp_path: Path, undisturbed: Path
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(3), judge=middle_judge, judge_every=2)
    for step in (2, 3, 7):
        with pytest.raises(Killed):
            go_on(replace(plan, on_step=killed_at(step)), samples, workers=1)
    go_on(plan, samples, workers=1)
    assert_same_run(tmp_path, undisturbed)


RECIPES = {
    "in parts": tiny_recipe(2, accumulate=2),
    "SGD": tiny_recipe(2, optimiser="sgd", momentum=0.9, learning_rate=0.02),
    "bfloat16": replace(tiny_recipe(2, precision="bfloat16"), augment=replace(tiny_recipe().augment, crop_px=128)),
    "frozen": tiny_recipe(2, freeze_backbone=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_every_recipe_killed_between_any_two_steps_ends_the_same(
    samples: list[Sample], tmp_path: Path, recipe: TrainingSettings
) -> None:
    """With loader processes, killed after every step in turn: each start makes one step."""
    plan = plan_for(tmp_path / "whole", samples, recipe, judge=middle_judge)
    go_on(plan, samples, workers=1)
    killed = replace(plan, folder=tmp_path / "killed")
    for step in range(1, plan.total_steps):
        with pytest.raises(Killed):
            # The one before saved at its start: a step is saved only once the next has begun.
            go_on(replace(killed, on_step=killed_at(step + 1)), samples, workers=1)
    go_on(killed, samples, workers=1)
    assert_same_run(tmp_path / "killed", tmp_path / "whole")


def test_a_batch_in_parts_has_the_gradient_of_the_whole(samples: list[Sample], tmp_path: Path) -> None:
    """Normalised picture by picture, a batch knows nothing of its parts; the losses are of all its anchors."""
    runs = {}
    for parts in (1, 2, 4):
        recipe = tiny_recipe(1, accumulate=parts)
        plan = plan_for(tmp_path / str(parts), samples, recipe)
        state = new_run(new_network(with_norm(TINY, "group"), len(NAMES), 0, CPU), recipe)
        train(plan, state, batches_from(plan, samples, 0))
        runs[parts] = (state.network.state_dict(), arithmetic(plan.folder))
    for parts in (2, 4):
        for name, tensor in runs[parts][0].items():
            torch.testing.assert_close(tensor, runs[1][0][name], rtol=1e-3, atol=1e-5)
        for one, other in zip(runs[parts][1], runs[1][1], strict=True):
            assert [float(v or 0) for v in one] == pytest.approx([float(v or 0) for v in other], abs=2e-5)


@pytest.mark.parametrize(
    ("aps", "patience", "epochs"),
    [([0.1, 0.3, 0.2, 0.3, 0.9], 2, 4), ([0.1, 0.2, 0.3, 0.4], 1, 4), ([0.5, 0.4, 0.9, 0.9], 1, 2)],
)
def test_a_run_ends_when_patience_does_and_stays_ended(
    samples: list[Sample], tmp_path: Path, aps: list[float], patience: int, epochs: int
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(len(aps)), judge=falling_judge(list(aps)), patience=patience)
    assert go_on(plan, samples).step == 3 * epochs
    assert len(rows_of(tmp_path)) == epochs
    again = go_on(replace(plan, judge=falling_judge(aps[epochs:])), samples)
    assert again.step == 3 * epochs  # resumed, it knows that it had ended
    assert checkpoints.load(tmp_path / BEST).training["ap"] == max(aps[:epochs])


@pytest.mark.parametrize("measured_before", [0, 1])
def test_a_run_killed_while_it_is_measured_measures_again(
    samples: list[Sample], tmp_path: Path, undisturbed: Path, measured_before: int
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(3), judge_every=2)
    measured: list[float] = []

    def judge(network: RetinaNet) -> float:
        if len(measured) == measured_before:
            raise Killed
        measured.append(middle_judge(network))
        return measured[-1]

    with pytest.raises(Killed):
        go_on(replace(plan, judge=judge), samples)
    go_on(replace(plan, judge=middle_judge), samples)
    assert_same_run(tmp_path, undisturbed)


def test_a_run_killed_between_its_files_ends_the_same(samples: list[Sample], tmp_path: Path, undisturbed: Path) -> None:
    """The last moment: measured, best kept, logged, told, and not yet saved."""

    def kill(row: object) -> None:
        raise Killed

    plan = plan_for(tmp_path, samples, tiny_recipe(3), judge=middle_judge, judge_every=2)
    with pytest.raises(Killed):
        go_on(replace(plan, on_epoch=kill), samples)
    assert len(rows_of(tmp_path)) == 1
    go_on(plan, samples)
    assert_same_run(tmp_path, undisturbed)


def test_a_run_at_its_end_has_nothing_to_do(samples: list[Sample], tmp_path: Path) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(1))
    go_on(plan, samples)
    before = (tmp_path / LAST).read_bytes()
    state = go_on(plan, samples)
    assert state.step == 3
    assert (tmp_path / LAST).read_bytes() == before


def test_a_run_can_be_made_longer(samples: list[Sample], tmp_path: Path) -> None:
    go_on(plan_for(tmp_path, samples, tiny_recipe(1)), samples)
    assert go_on(plan_for(tmp_path, samples, tiny_recipe(2)), samples).step == 6
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["1", "2"]


def test_rows_of_an_epoch_that_is_trained_anew_go(samples: list[Sample], tmp_path: Path) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(3))
    go_on(plan, samples)
    (tmp_path / LAST).unlink()  # as if the last three saves had been lost
    with pytest.raises(Killed):
        go_on(replace(plan, on_step=killed_at(4)), samples)
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["1"]


@pytest.mark.parametrize(
    ("aps", "kept_epoch"),
    [([0.1, 0.5, 0.3, 0.5], 2), ([0.0, 0.0, 0.0, 0.0], 1), ([0.1, 0.2, 0.3, 0.4], 4)],
)
def test_the_best_is_kept_and_the_first_of_equals(
    samples: list[Sample], tmp_path: Path, aps: list[float], kept_epoch: int
) -> None:
    state = go_on(plan_for(tmp_path, samples, tiny_recipe(4), judge=falling_judge(list(aps))), samples)
    best = checkpoints.load(tmp_path / BEST)
    assert best.training["steps"] == 3 * kept_epoch
    assert best.training["ap"] == state.best_ap == max(aps)
    assert [float(row["ap"]) for row in rows_of(tmp_path)] == aps
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([BEST, LAST, LOG])


def test_measurements_are_made_every_so_often_and_at_the_end(samples: list[Sample], tmp_path: Path) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(5), judge=middle_judge, judge_every=2)
    go_on(plan, samples)
    assert [bool(row["ap"]) for row in rows_of(tmp_path)] == [False, True, False, True, True]


def test_without_measurements_the_newest_weights_are_kept(samples: list[Sample], tmp_path: Path) -> None:
    go_on(plan_for(tmp_path, samples, tiny_recipe(2)), samples)
    best, last = checkpoints.load(tmp_path / BEST), checkpoints.load(tmp_path / LAST)
    assert best.training["steps"] == 6
    assert "ap" not in best.training
    for name, tensor in best.weights.items():
        assert torch.equal(tensor, last.weights[name])


def test_what_is_kept_is_the_average_and_what_goes_on_is_not(samples: list[Sample], tmp_path: Path) -> None:
    state = go_on(plan_for(tmp_path, samples, tiny_recipe(2)), samples)
    weights, own = checkpoints.load(tmp_path / BEST).weights, state.network.state_dict()
    average = state.average.network.state_dict()
    assert any(not torch.equal(weights[name], own[name]) for name in own)
    assert all(torch.equal(weights[name], average[name]) for name in own)


def test_the_log_tells_means_over_the_epoch(samples: list[Sample], tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    plan = plan_for(tmp_path, samples, tiny_recipe(1))
    go_on(replace(plan, on_step=lambda state: told.append(state.meter.losses)), samples)
    (row,) = rows_of(tmp_path)
    assert float(row["class_loss"]) == pytest.approx(told[-1][0], abs=1e-5)
    assert float(row["box_loss"]) == pytest.approx(told[-1][1], abs=1e-5)
    assert 0 <= float(row["waiting"]) <= 1
    assert float(row["pictures_per_s"]) > 0


def test_a_loss_that_is_no_number_stops_the_run_names_the_pictures_and_spoils_nothing(
    samples: list[Sample], tmp_path: Path
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(2))
    batches = list(islice(batches_from(plan, samples, 0), 5))
    broken = replace(batches[4], targets=replace(batches[4].targets, boxes=batches[4].targets.boxes * math.nan))
    with pytest.raises(UserError) as caught:
        train(plan, begin(plan.settings), iter([*batches[:4], broken]))
    assert "step 4" in str(caught.value)
    for name in broken.names:
        assert name in str(caught.value)
    saved = read_run(tmp_path / LAST)
    assert saved.run.record["step"] == 4
    assert all(tensor.isfinite().all() for tensor in (*saved.run.tensors.values(), *saved.checkpoint.weights.values()))


def test_a_gradient_that_is_no_number_stops_before_it_reaches_the_weights(
    samples: list[Sample], tmp_path: Path
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(1))
    state = begin(plan.settings)
    state.network.class_subnet.last.weight.register_hook(lambda gradient: gradient * math.inf)
    with pytest.raises(UserError, match="gradient"):
        train(plan, state, batches_from(plan, samples, 0))
    assert all(parameter.isfinite().all() for parameter in state.network.parameters())


def test_the_gradient_is_clipped(samples: list[Sample], tmp_path: Path) -> None:
    """AdamW's first step does not depend on the gradient's length; its moments do."""
    states = []
    for clip_norm in (1e-3, 1e6):
        plan = plan_for(tmp_path / str(clip_norm), samples, tiny_recipe(1, clip_norm=clip_norm))
        states.append(go_on(plan, samples))
    norms = [
        math.sqrt(sum(float(moments["exp_avg_sq"].sum()) for moments in state.optimiser.state.values()))
        for state in states
    ]
    assert norms[0] < 1e-3 < norms[1]


def test_a_frozen_backbone_keeps_weights_and_statistics_and_the_rest_learns(
    samples: list[Sample], tmp_path: Path
) -> None:
    plan = plan_for(tmp_path, samples, tiny_recipe(2, freeze_backbone=True))
    before = {name: tensor.clone() for name, tensor in begin(plan.settings).network.state_dict().items()}
    after = go_on(plan, samples).network.state_dict()
    same = {name for name, tensor in after.items() if torch.equal(tensor, before[name])}
    assert {name for name in after if name.startswith("backbone.")} <= same
    assert {"pyramid.p6.weight", "class_subnet.last.bias", "box_subnet.last.weight"} & same == set()


def test_a_run_of_another_network_is_refused(samples: list[Sample], tmp_path: Path) -> None:
    go_on(plan_for(tmp_path, samples, tiny_recipe(1)), samples)
    other = new_run(new_network(replace(TINY, head_channels=8), 2, 0, CPU), tiny_recipe(1))
    with pytest.raises(UserError, match="does not fit the network"):
        read_run(tmp_path / LAST).restore(other)


def test_a_run_written_before_there_were_meters_can_be_resumed(samples: list[Sample], tmp_path: Path) -> None:
    go_on(plan_for(tmp_path, samples, tiny_recipe(1)), samples)
    saved = read_run(tmp_path / LAST)
    del saved.run.record["meter"]
    state = begin(tiny_recipe(1))
    saved.restore(state)
    assert (state.step, state.meter.steps) == (3, 0)


@pytest.mark.parametrize(
    ("matching", "box_loss"), [("atss", "giou"), pytest.param("iou", "smooth_l1", marks=pytest.mark.slow)]
)
def test_a_tiny_network_learns_to_tell_bright_squares(
    samples: list[Sample], tmp_path: Path, matching: str, box_loss: str
) -> None:
    settings = tiny_recipe(
        32, batch=8, learning_rate=0.01, warmup_steps=20, average_decay=0.98, matching=matching, box_loss=box_loss
    )
    settings = replace(settings, augment=replace(settings.augment, face_px=(16.0, 32.0), scales=(0.9, 1.1)))
    seen, unseen = samples, write_squares(tmp_path / "val", 12, seed=5)
    judge = make_judge(unseen, NAMES, PREPROCESSING)
    plan = plan_for(tmp_path / "run", seen, settings, judge=judge, judge_every=32, save_every_s=1e9)
    state = go_on(plan, seen)
    rows = rows_of(plan.folder)
    assert float(rows[-1]["class_loss"]) < 0.4 * float(rows[0]["class_loss"])
    assert float(rows[-1]["box_loss"]) < 0.7 * float(rows[0]["box_loss"])
    assert state.best_ap > 0.9
