"""What TensorBoard is shown is what happened, of a run that was killed too."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from maskwatch.data.samples import Sample
from maskwatch.training.loop import LAST, train
from maskwatch.training.state import RunState, read_run
from test_training import Killed, batches_from, begin, middle_judge, plan_for, rows_of
from training_parts import tiny_recipe, write_squares

EPOCHS = 8
pytestmark = pytest.mark.slow  # TensorBoard takes long to import


def run_with_board(folder: Path, samples: list[Sample], killed_at: int | None = None) -> None:
    from maskwatch.training.board import Board

    def kill(state: RunState) -> None:
        board.on_step(state)
        if state.step == killed_at:
            raise Killed

    plan = plan_for(folder, samples, tiny_recipe(EPOCHS), judge=middle_judge, judge_every=4, save_every_s=1e9)
    state = begin(plan.settings)
    if (folder / LAST).exists():
        read_run(folder / LAST).restore(state)
    board = Board(folder, state.step)
    try:
        train(replace(plan, on_step=kill, on_epoch=board.on_epoch), state, batches_from(plan, samples, state.step))
    finally:
        board.close()


def shown(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Step and value of every scalar, as TensorBoard itself reads them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_the_board_shows_the_log(tmp_path: Path) -> None:
    samples = write_squares(tmp_path / "squares", 10)
    run_with_board(tmp_path, samples)
    scalars, rows = shown(tmp_path), rows_of(tmp_path)
    assert [step for step, _ in scalars["epoch/loss/classes"]] == [int(row["step"]) for row in rows]
    values = [value for _, value in scalars["epoch/loss/classes"]]
    assert values == pytest.approx([float(row["class_loss"]) for row in rows], abs=1e-5)
    assert [step for step, _ in scalars["epoch/AP"]] == [12, 24]
    assert [step for step, _ in scalars["step/loss/boxes"]] == [10, 20]


def test_a_run_that_was_killed_shows_each_step_once(tmp_path: Path) -> None:
    samples = write_squares(tmp_path / "squares", 10)
    run_with_board(tmp_path / "whole", samples)
    with pytest.raises(Killed):
        run_with_board(tmp_path / "killed", samples, killed_at=20)  # saved at step 18, the end of an epoch
    run_with_board(tmp_path / "killed", samples)
    scalars = shown(tmp_path / "killed")
    for tag, values in shown(tmp_path / "whole").items():
        if "second" not in tag and "waiting" not in tag:
            assert scalars[tag] == values, tag
