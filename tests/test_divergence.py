"""A learning rate that diverges ends the run while its weights still are numbers; a hard batch does not."""

from pathlib import Path

import pytest

from maskwatch.errors import UserError
from maskwatch.training.divergence import STEPS, LossWatch
from maskwatch.training.loop import LAST, train
from test_training import batches_from, begin, plan_for
from training_parts import tiny_recipe, write_squares


def feed(losses: list[float]) -> None:
    watch = LossWatch()
    for step, loss in enumerate(losses, 1):
        watch.add(loss, step, 0.02)


@pytest.mark.parametrize(
    "losses",
    [
        [3.0] * 50,
        [3.0, 2.0, 50.0, 2.0, 1.5, 1.0],  # one hard batch
        [0.2, *[1.5] * 20],  # trained weights on new data
        [0.2, 7.0],
        [],
    ],
)
def test_ordinary_losses_pass(losses: list[float]) -> None:
    feed(losses)


def test_a_loss_that_has_grown_ends_the_run_with_advice() -> None:
    with pytest.raises(UserError, match=r"step 13: .*from 3 to 13.*--learning-rate: 0\.002"):
        feed([3.0] * 10 + [20.0] * STEPS)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_a_run_with_a_far_too_high_rate_ends_early(tmp_path: Path, optimiser: str) -> None:
    samples = write_squares(tmp_path / "squares", 10)
    plan = plan_for(tmp_path, samples, tiny_recipe(40, learning_rate=30.0, optimiser=optimiser))
    state = begin(plan.settings)
    with pytest.raises(UserError, match="--learning-rate"):
        train(plan, state, batches_from(plan, samples, 0))
    assert state.step < 40
    assert not (tmp_path / LAST).exists() or state.step > 1
